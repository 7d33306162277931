//! The contracts as they are called, written from `contracts/src`: what is used here, and all errors.
//!
//! `tests/compiled.rs` compares it with what the compiler says. Enumerations are numbers here, as they are on the wire.

// What the macro writes has the documentation of Solidity, and its manners.
#![allow(missing_docs, clippy::all)]

alloy::sol! {
    /// A validator set: its number, its size, and the root of its addresses.
    #[derive(Debug, PartialEq, Eq)]
    struct ValidatorSet {
        uint64 id;
        uint32 length;
        bytes32 root;
    }

    /// The vault's limits, in units of the token.
    #[derive(Debug, PartialEq, Eq)]
    struct Limits {
        uint96 minimumDeposit;
        uint96 cap;
        uint96 claim;
        uint96 bucket;
    }

    /// A withdrawal from the sidechain.
    #[derive(Debug, PartialEq, Eq)]
    struct Withdrawal {
        uint32 index;
        address to;
        uint128 amount;
        uint128 tip;
    }

    /// The answer to a request. It is called `Result` in the contract.
    #[derive(Debug, PartialEq, Eq)]
    struct Answer {
        uint32 index;
        bytes32 callId;
        uint8 outcome;
        uint8 assurance;
        uint32 errorBound;
        bytes32 digest;
        bytes32 payloadHash;
    }

    /// What is bought on the sidechain.
    #[derive(Debug, PartialEq, Eq)]
    struct Order {
        uint32 app;
        uint32 dataset;
        uint32 pool;
        uint8 category;
        uint32 trust;
        string[] arguments;
        string parameter;
    }

    #[derive(Debug)]
    contract SidechainClient {
        event Imported(uint32 indexed blockNumber, uint64 indexed validatorSetId, bytes32 outboxRoot);

        constructor(uint32 firstMmrBlock, ValidatorSet memory current, ValidatorSet memory next);

        function FIRST_MMR_BLOCK() external view returns (uint32 block);
        function latestBlock() external view returns (uint32 block);
        function currentSet() external view returns (ValidatorSet memory set);
        function nextSet() external view returns (ValidatorSet memory set);
        function outboxRoot() external view returns (bytes32 root);
        function isRecentOutboxRoot(bytes32 root) external view returns (bool recent);
        function importCommitment(
            bytes calldata commitment,
            address[] calldata validators,
            uint256 signers,
            bytes calldata signatures,
            bytes calldata leaf,
            bytes32[] calldata proof
        ) external;
    }

    #[derive(Debug)]
    contract Vault {
        event Deposited(
            uint64 indexed nonce,
            address indexed sender,
            bytes32 indexed to,
            uint256 amount,
            bytes message,
            bytes32 accumulator
        );
        event Claimed(uint32 indexed index, address indexed to, uint256 amount, uint256 tip, address indexed relayer);

        constructor(
            address token,
            address firstClient,
            address firstOwner,
            address firstGuardian,
            Limits memory firstLimits
        );

        function TOKEN() external view returns (address token);
        function client() external view returns (address sidechainClient);
        function accumulator() external view returns (bytes32 hash);
        function deposits() external view returns (uint64 count);
        function locked() external view returns (uint256 amount);
        function available() external view returns (uint256 amount);
        function limits() external view returns (Limits memory inForce);
        function isClaimed(uint32 index) external view returns (bool claimed);
        function pausedUntil() external view returns (uint64 time);
        function deposit(bytes32 to, uint256 amount) external returns (uint64 nonce);
        function depositWithMessage(bytes32 to, uint256 amount, bytes calldata message) external returns (uint64 nonce);
        function claim(Withdrawal calldata withdrawal, bytes32[32] calldata proof) external;
        function setLimits(Limits calldata newLimits) external;
    }

    #[derive(Debug)]
    contract Gateway {
        event Requested(
            bytes32 indexed callId, uint64 indexed nonce, address indexed requester, address callback, uint32 callbackGas
        );
        event CallbackSucceeded(bytes32 indexed callId);
        event CallbackReverted(bytes32 indexed callId);

        constructor(
            address token,
            address vault,
            bytes32 sidechainAccount,
            address firstClient,
            address firstOwner,
            address firstGuardian
        );

        function SIDECHAIN_ACCOUNT() external view returns (bytes32 account);
        function VAULT() external view returns (address vault);
        function client() external view returns (address sidechainClient);
        function pausedUntil() external view returns (uint64 time);
        function callIdOf(uint64 nonce) external view returns (bytes32 callId);
        function resultOf(bytes32 callId) external view returns (uint8 status, bytes memory payload);
        function request(Order calldata order, uint256 maxPrice, address callback, uint32 callbackGas)
            external
            returns (bytes32 callId);
        function deliver(Answer calldata result, bytes32[32] calldata proof, bytes calldata payload) external;
        function retry(bytes32 callId, bytes calldata payload, uint32 gasLimit) external;
    }

    #[derive(Debug)]
    contract Token {
        function balanceOf(address account) external view returns (uint256 amount);
        function allowance(address owner, address spender) external view returns (uint256 amount);
        function decimals() external view returns (uint8 count);
        function approve(address spender, uint256 amount) external returns (bool done);
        function approveAndCall(address spender, uint256 amount, bytes calldata data) external;
        function mint(address to, uint256 amount) external;
    }

    /// All errors that the contracts, and what they are made from, revert with.
    #[derive(Debug)]
    contract Contract {
        error NotAContract(address account);
        error NothingAnnounced();
        error TooEarly(uint64 announcedFor);
        error NotInOutbox(bytes32 root);

        error InvalidValidatorSet();
        error OldBlock(uint32 blockNumber, uint32 latest);
        error UnknownValidatorSet(uint64 validatorSetId, uint64 current);
        error WrongValidators();
        error NotTheNewestLeaf(uint32 parentNumber, uint32 blockNumber);
        error WrongMmrRoot();
        error WrongNextSet(uint64 nextSetId);
        error TooFewSigners(uint256 needed, uint256 signers);
        error UnknownSigner();
        error WrongSignatureLength(uint256 expected, uint256 actual);
        error InvalidSignature(uint256 validator);
        error MalformedCommitment();
        error MalformedLeaf();
        error WrongProofLength(uint256 expected, uint256 actual);

        error NoReceiver();
        error ZeroAmount();
        error BelowMinimum(uint256 minimum, uint256 amount);
        error AboveClaimLimit(uint256 limit, uint256 amount);
        error AboveCap(uint256 cap, uint256 locked);
        error MessageTooLong(uint256 most, uint256 length);
        error NotTheToken();
        error InvalidData();
        error TipAboveAmount();
        error AlreadyClaimed(uint32 index);
        error NotCovered(uint256 locked, uint256 amount);
        error LimitsContradict();
        error RateLimitExceeded();

        error InvalidCallback();
        error WrongStatus(uint8 status);
        error PayloadTooLong(uint256 length);
        error WrongPayload();
        error GasBelowPromise(uint32 promised);
        error NoResult(bytes32 callId);
        error TooManyArguments(uint256 count);
        error ArgumentTooLong(uint256 length);
        error LengthTooLarge(uint256 length);
        error NotEnoughGas(uint256 needed, uint256 left);

        error IsPaused(uint64 until);
        error PausedRecently(uint256 until);
        error OwnableUnauthorizedAccount(address account);
        error OwnableInvalidOwner(address owner);
        error ReentrancyGuardReentrantCall();
        error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value);
        error SafeERC20FailedOperation(address token);

        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
        error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
        error ERC20InvalidSender(address sender);
        error ERC20InvalidReceiver(address receiver);
        error ERC20InvalidApprover(address approver);
        error ERC20InvalidSpender(address spender);
    }
}
