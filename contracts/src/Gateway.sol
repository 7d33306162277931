// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOracle} from "./interfaces/IOracle.sol";
import {IOracleConsumer} from "./interfaces/IOracleConsumer.sol";
import {ISidechainClient} from "./interfaces/ISidechainClient.sol";
import {IVault} from "./interfaces/IVault.sol";
import {BoundedCall} from "./lib/BoundedCall.sol";
import {Order, OrderCodec} from "./lib/Order.sol";
import {Outbox, Outcome, Result} from "./lib/Outbox.sol";
import {OutboxReader} from "./OutboxReader.sol";
import {SelfEndingPause} from "./SelfEndingPause.sol";

/// @title Gateway to the marketplace
/// @notice Contracts buy a task on the sidechain and receive its result, or ask for it.
/// @dev Holds no tokens. A request is a deposit in the vault with a message; what is not spent, or all of it where the task
/// fails, comes back as a withdrawal to the requester, which anybody can claim there.
contract Gateway is OutboxReader, SelfEndingPause, ReentrancyGuardTransient, IOracle {
    using SafeERC20 for IERC20;

    /// @notice How far a request is.
    enum Status {
        Unknown,
        Pending,
        CallbackFailed,
        Delivered,
        Failed
    }

    /// @dev A request, in one slot.
    struct Call {
        address callback;
        uint32 callbackGas;
        Status status;
    }

    /// @notice Most gas of a callback.
    uint32 public constant MAX_CALLBACK_GAS = 2_000_000;

    /// @notice Most bytes of a payload. The sidechain lets a task fail that writes more.
    uint256 public constant MAX_PAYLOAD = 4096;

    /// @notice The token that requests are paid in.
    IERC20 public immutable TOKEN;

    /// @notice Where the tokens are locked.
    IVault public immutable VAULT;

    /// @notice The sidechain's account that pays for requests.
    bytes32 public immutable SIDECHAIN_ACCOUNT;

    mapping(bytes32 callId => Call) private _calls;
    mapping(bytes32 callId => bytes32) private _payloadHashes;
    mapping(bytes32 callId => bytes) private _payloads;

    /// @notice A task was requested.
    /// @param callId Under which the result comes.
    /// @param nonce The deposit that carries the request.
    /// @param callback Who receives the result; 0 where it will be asked for.
    event Requested(
        bytes32 indexed callId, uint64 indexed nonce, address indexed requester, address callback, uint32 callbackGas
    );
    /// @notice A result has arrived. See `Result`.
    event ResultArrived(
        bytes32 indexed callId, Outcome outcome, uint8 assurance, uint32 errorBound, bytes32 digest, bytes32 payloadHash
    );
    /// @notice The callback was made.
    event CallbackSucceeded(bytes32 indexed callId);
    /// @notice The callback has reverted, or run out of gas. Anybody can try again.
    event CallbackReverted(bytes32 indexed callId);

    /// @notice A callback has a receiver and 1 to `MAX_CALLBACK_GAS` gas, or neither.
    error InvalidCallback();
    /// @notice The request does not wait for that.
    error WrongStatus(Status status);
    /// @notice The payload is too long.
    error PayloadTooLong(uint256 length);
    /// @notice Not the payload of that result.
    error WrongPayload();
    /// @notice A callback gets at least what was promised.
    error GasBelowPromise(uint32 promised);
    /// @notice There is no result to ask for.
    error NoResult(bytes32 callId);

    constructor(
        IERC20 token,
        IVault vault,
        bytes32 sidechainAccount,
        ISidechainClient firstClient,
        address firstOwner,
        address firstGuardian
    ) Ownable(firstOwner) OutboxReader(firstClient) SelfEndingPause(firstGuardian) {
        TOKEN = token;
        VAULT = vault;
        SIDECHAIN_ACCOUNT = sidechainAccount;
        token.forceApprove(address(vault), type(uint256).max);
    }

    /// @notice Buys a task. Needs the caller's allowance for the gateway.
    /// @param order What is bought.
    /// @param maxPrice The most that it may cost, in units of the token; paid now.
    /// @param callback Who receives the result by `receiveResult`; 0 to ask for it by `resultOf`.
    /// @param callbackGas Gas of the callback.
    /// @return callId Identifier of the request.
    function request(Order calldata order, uint256 maxPrice, address callback, uint32 callbackGas)
        external
        whenNotPaused
        returns (bytes32 callId)
    {
        require(
            callback == address(0) ? callbackGas == 0 : callbackGas > 0 && callbackGas <= MAX_CALLBACK_GAS, InvalidCallback()
        );
        bytes memory message = OrderCodec.encode(order, msg.sender);
        TOKEN.safeTransferFrom(msg.sender, address(this), maxPrice);
        uint64 nonce = VAULT.depositWithMessage(SIDECHAIN_ACCOUNT, maxPrice, message);
        callId = callIdOf(nonce);
        _calls[callId] = Call({callback: callback, callbackGas: callbackGas, status: Status.Pending});
        emit Requested(callId, nonce, msg.sender, callback, callbackGas);
    }

    /// @notice Brings a result from the sidechain. Anybody may call.
    /// @param result The message in the outbox.
    /// @param proof That it is there.
    /// @param payload What the app has written for the caller.
    function deliver(Result calldata result, bytes32[32] calldata proof, bytes calldata payload)
        external
        whenNotPaused
        nonReentrant
    {
        Call memory call = _calls[result.callId];
        require(call.status == Status.Pending, WrongStatus(call.status));
        require(payload.length <= MAX_PAYLOAD, PayloadTooLong(payload.length));
        require(keccak256(payload) == result.payloadHash, WrongPayload());
        requireInOutbox(Outbox.leaf(address(this), result), result.index, proof);
        emit ResultArrived(
            result.callId, result.outcome, result.assurance, result.errorBound, result.digest, result.payloadHash
        );
        if (result.outcome == Outcome.Failed) {
            _calls[result.callId].status = Status.Failed;
        } else if (call.callback == address(0)) {
            _calls[result.callId].status = Status.Delivered;
            _payloads[result.callId] = payload;
        } else if (!callBack(result.callId, call.callback, call.callbackGas, payload)) {
            _payloadHashes[result.callId] = result.payloadHash;
        }
    }

    /// @notice Makes a callback again that has failed. Anybody may call.
    /// @param payload As it was delivered.
    /// @param gasLimit Gas of the callback: at least what was promised.
    function retry(bytes32 callId, bytes calldata payload, uint32 gasLimit) external whenNotPaused nonReentrant {
        Call memory call = _calls[callId];
        require(call.status == Status.CallbackFailed, WrongStatus(call.status));
        require(keccak256(payload) == _payloadHashes[callId], WrongPayload());
        require(gasLimit >= call.callbackGas, GasBelowPromise(call.callbackGas));
        if (callBack(callId, call.callback, gasLimit, payload)) delete _payloadHashes[callId];
    }

    /// @notice How far a request is; and its payload, where it was to be asked for and is there.
    function resultOf(bytes32 callId) external view returns (Status status, bytes memory payload) {
        return (_calls[callId].status, _payloads[callId]);
    }

    /// @inheritdoc IOracle
    function resultFor(bytes32 id) external view returns (bytes memory) {
        require(_calls[id].status == Status.Delivered && _calls[id].callback == address(0), NoResult(id));
        return _payloads[id];
    }

    /// @notice Identifier of the request that the deposit with this number carries.
    function callIdOf(uint64 nonce) public view returns (bytes32) {
        return OrderCodec.callId(address(this), nonce);
    }

    /// @dev The status is written before the callback, which may come back to this contract, and after.
    function callBack(bytes32 callId, address callback, uint256 gasLimit, bytes calldata payload)
        private
        returns (bool success)
    {
        _calls[callId].status = Status.Delivered;
        success = BoundedCall.tryCall(callback, gasLimit, abi.encodeCall(IOracleConsumer.receiveResult, (callId, payload)));
        if (success) {
            emit CallbackSucceeded(callId);
        } else {
            _calls[callId].status = Status.CallbackFailed;
            emit CallbackReverted(callId);
        }
    }
}
