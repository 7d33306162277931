// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {ISidechainClient} from "./interfaces/ISidechainClient.sol";
import {ITokenReceiver} from "./interfaces/ITokenReceiver.sol";
import {Deposits} from "./lib/Deposits.sol";
import {Outbox, Withdrawal} from "./lib/Outbox.sol";
import {OutboxReader} from "./OutboxReader.sol";
import {SelfEndingPause} from "./SelfEndingPause.sol";

/// @title Vault of the token that the sidechain issues
/// @notice Locks the token on deposit and pays it out for withdrawals that the sidechain's outbox holds.
/// @dev The only way out of the vault is `claim`. Deposits are numbered without a gap and chained by hash: the proof of any later
/// link proves all earlier deposits, in their order.
contract Vault is OutboxReader, SelfEndingPause, ReentrancyGuardTransient, ITokenReceiver {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;
    using BitMaps for BitMaps.BitMap;
    using RateLimiter for RateLimiter.RefillingBucket;

    /// @notice What the owner can set, in units of the token.
    /// @param minimumDeposit The least deposit: not below the sidechain's existential deposit.
    /// @param cap The most that the vault holds.
    /// @param claim The most that one claim pays. No deposit is larger, so that each can be taken out again at once.
    /// @param bucket The most that claims pay at once, and again in each `BUCKET_WINDOW`.
    struct Limits {
        uint96 minimumDeposit;
        uint96 cap;
        uint96 claim;
        uint96 bucket;
    }

    /// @dev What each deposit and each claim looks at, in one slot.
    struct Accounts {
        uint96 locked;
        uint96 claimLimit;
        uint64 deposits;
    }

    /// @notice Time in which an empty bucket is full again.
    uint48 public constant BUCKET_WINDOW = 1 days;

    /// @notice Most bytes of a message.
    uint256 public constant MAX_MESSAGE = 8192;

    /// @notice The token.
    IERC20 public immutable TOKEN;

    /// @notice Hash of all deposits.
    bytes32 public accumulator;

    Accounts private _accounts;
    uint96 private _minimumDeposit;
    uint96 private _cap;
    RateLimiter.RefillingBucket private _bucket;
    BitMaps.BitMap private _claimed;

    /// @notice A deposit for the sidechain.
    /// @param nonce Counts deposits, from 0.
    /// @param sender Who deposited: the account that paid.
    /// @param to The account on the sidechain.
    /// @param amount What the vault received.
    /// @param message What the sender adds; empty for most.
    /// @param accumulator Hash of all deposits up to this one.
    event Deposited(
        uint64 indexed nonce, address indexed sender, bytes32 indexed to, uint256 amount, bytes message, bytes32 accumulator
    );
    /// @notice Said again on demand: the number of deposits and the hash of all of them.
    event Accumulated(uint64 deposits, bytes32 accumulator);
    /// @notice A withdrawal was paid.
    event Claimed(uint32 indexed index, address indexed to, uint256 amount, uint256 tip, address indexed relayer);
    /// @notice The owner has set the limits.
    event LimitsChanged(Limits limits);

    /// @notice There is no such receiver.
    error NoReceiver();
    /// @notice Nothing to pay.
    error ZeroAmount();
    /// @notice A deposit is at least that much.
    error BelowMinimum(uint256 minimum, uint256 amount);
    /// @notice More than one claim pays: deposit it in parts; a claim waits until the owner raises the limit.
    error AboveClaimLimit(uint256 limit, uint256 amount);
    /// @notice The vault would hold more than its cap.
    error AboveCap(uint256 cap, uint256 locked);
    /// @notice The message is too long.
    error MessageTooLong(uint256 most, uint256 length);
    /// @notice Only the token calls this, after `approveAndCall`, about itself.
    error NotTheToken();
    /// @notice `approveAndCall` takes 32 bytes of data here: the account on the sidechain.
    error InvalidData();
    /// @notice The tip is more than the amount.
    error TipAboveAmount();
    /// @notice This withdrawal was paid before.
    error AlreadyClaimed(uint32 index);
    /// @notice The sidechain has paid out more than was ever deposited: something is badly wrong.
    error NotCovered(uint256 locked, uint256 amount);
    /// @notice The bucket holds less than one claim may pay, or the cap less than one deposit.
    error LimitsContradict();

    constructor(
        IERC20 token,
        ISidechainClient firstClient,
        address firstOwner,
        address firstGuardian,
        Limits memory firstLimits
    ) Ownable(firstOwner) OutboxReader(firstClient) SelfEndingPause(firstGuardian) {
        require(address(token).code.length > 0, NotAContract(address(token)));
        TOKEN = token;
        accumulator = Deposits.start(address(this));
        applyLimits(firstLimits);
    }

    /// @notice Locks `amount` for the account `to` on the sidechain. Needs the caller's allowance for the vault.
    /// @return nonce Number of the deposit.
    function deposit(bytes32 to, uint256 amount) external returns (uint64 nonce) {
        return take(msg.sender, to, amount, "");
    }

    /// @notice As `deposit`, with a message to the sidechain that the sender answers for.
    function depositWithMessage(bytes32 to, uint256 amount, bytes calldata message) external returns (uint64 nonce) {
        return take(msg.sender, to, amount, message);
    }

    /// @inheritdoc ITokenReceiver
    /// @dev A deposit in one transaction: the token's holder calls `approveAndCall(vault, amount, to)`.
    function receiveApproval(address from, uint256 amount, address token, bytes calldata data) external {
        require(msg.sender == address(TOKEN) && token == address(TOKEN), NotTheToken());
        require(data.length == 32, InvalidData());
        take(from, abi.decode(data, (bytes32)), amount, "");
    }

    /// @notice Says the newest link of the chain of deposits again, for a sidechain that has missed events.
    function poke() external {
        emit Accumulated(_accounts.deposits, accumulator);
    }

    /// @notice Pays a withdrawal. Anybody may call; the tip is the caller's.
    function claim(Withdrawal calldata withdrawal, bytes32[32] calldata proof) external whenNotPaused nonReentrant {
        (uint32 index, uint256 amount, uint256 tip) = (withdrawal.index, withdrawal.amount, withdrawal.tip);
        Accounts memory accounts = _accounts;
        require(amount > 0, ZeroAmount());
        require(amount <= accounts.claimLimit, AboveClaimLimit(accounts.claimLimit, amount));
        require(tip <= amount, TipAboveAmount());
        require(!_claimed.get(index), AlreadyClaimed(index));
        requireInOutbox(Outbox.leaf(address(this), withdrawal), index, proof);
        require(amount <= accounts.locked, NotCovered(accounts.locked, amount));

        _claimed.set(index);
        _accounts.locked = accounts.locked - amount.toUint96();
        // Reverts when the bucket has not enough left: nothing is marked then, and the claim can be made later.
        _bucket.consume(0, amount);
        emit Claimed(index, withdrawal.to, amount, tip, msg.sender);
        if (amount > tip) TOKEN.safeTransfer(withdrawal.to, amount - tip);
        if (tip > 0) TOKEN.safeTransfer(msg.sender, tip);
    }

    /// @notice Sets the limits. They hold for deposits and claims from now on.
    function setLimits(Limits calldata newLimits) external onlyOwner {
        _bucket.sync(0);
        applyLimits(newLimits);
    }

    /// @notice The limits in force.
    function limits() external view returns (Limits memory) {
        return Limits({
            minimumDeposit: _minimumDeposit,
            cap: _cap,
            claim: _accounts.claimLimit,
            bucket: uint256(_bucket._capacity).toUint96()
        });
    }

    /// @notice What claims can pay now.
    function available() external view returns (uint256) {
        return _bucket.available(0);
    }

    /// @notice All that was deposited less all that was claimed. The vault's balance is never less.
    function locked() external view returns (uint256) {
        return _accounts.locked;
    }

    /// @notice The number of deposits, which is the next nonce.
    function deposits() external view returns (uint64) {
        return _accounts.deposits;
    }

    /// @notice Whether the withdrawal at `index` was paid.
    function isClaimed(uint32 index) external view returns (bool) {
        return _claimed.get(index);
    }

    /// @dev What arrives counts, whatever the token keeps for itself.
    function take(address from, bytes32 to, uint256 amount, bytes memory message)
        private
        whenNotPaused
        nonReentrant
        returns (uint64 nonce)
    {
        require(to != 0, NoReceiver());
        require(message.length <= MAX_MESSAGE, MessageTooLong(MAX_MESSAGE, message.length));
        uint256 received = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(from, address(this), amount);
        received = TOKEN.balanceOf(address(this)) - received;

        Accounts memory accounts = _accounts;
        require(received >= _minimumDeposit && received > 0, BelowMinimum(_minimumDeposit, received));
        require(received <= accounts.claimLimit, AboveClaimLimit(accounts.claimLimit, received));
        uint256 total = accounts.locked + received;
        require(total <= _cap, AboveCap(_cap, accounts.locked));

        nonce = accounts.deposits;
        _accounts = Accounts({locked: total.toUint96(), claimLimit: accounts.claimLimit, deposits: nonce + 1});
        bytes32 link = Deposits.link(accumulator, nonce, from, to, received.toUint128(), message);
        accumulator = link;
        emit Deposited(nonce, from, to, received, message, link);
    }

    function applyLimits(Limits memory newLimits) private {
        require(
            newLimits.bucket >= newLimits.claim && newLimits.cap >= newLimits.minimumDeposit
                && newLimits.claim >= newLimits.minimumDeposit,
            LimitsContradict()
        );
        _minimumDeposit = newLimits.minimumDeposit;
        _cap = newLimits.cap;
        _accounts.claimLimit = newLimits.claim;
        _bucket.updateSettings(BUCKET_WINDOW, newLimits.bucket);
        emit LimitsChanged(newLimits);
    }
}
