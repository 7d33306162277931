// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Gateway} from "../Gateway.sol";
import {IOracleConsumer} from "../interfaces/IOracleConsumer.sol";
import {Order, OrderCodec} from "../lib/Order.sol";

/// @title A volatility index of a portfolio, from the app value-at-risk
/// @notice An example of a consumer. Who wants a fresh value calls `refresh`; the contract pays from its own tokens. A lender can
/// ask `volatility` before it says how much may be borrowed against the portfolio.
contract VolatilityIndex is IOracleConsumer {
    using SafeERC20 for IERC20;

    /// @notice What a task has found, in millionths of the portfolio's gross amount.
    /// @param lastDay Last day of the market history that was used, in days since 1970.
    /// @param valueAtRisk The loss over ten days that is not exceeded with a confidence of 99 %.
    /// @param expectedShortfall The mean of the losses beyond it.
    /// @param receivedAt When it came, in seconds.
    struct Estimate {
        uint64 lastDay;
        uint64 valueAtRisk;
        uint64 expectedShortfall;
        uint64 receivedAt;
    }

    /// @notice Least time between two requests.
    uint256 public constant INTERVAL = 1 days;
    /// @notice After that time a value is too old to be used.
    uint256 public constant MAX_AGE = 3 days;
    /// @notice Gas of the callback: it writes two words.
    uint32 public constant CALLBACK_GAS = 120_000;

    /// @dev The whole amount, in millionths.
    uint256 private constant WHOLE = 1e6;
    /// @dev The 0.99 quantile of the standard normal distribution, in millionths.
    uint256 private constant QUANTILE = 2_326_348;
    /// @dev Root of 250 trading days a year over the ten days of the horizon.
    uint256 private constant PERIODS_ROOT = 5;

    /// @notice Where tasks are bought.
    Gateway public immutable GATEWAY;
    /// @notice The most that one value may cost, in units of the token.
    uint256 public immutable MAX_PRICE;

    /// @notice The request that is awaited; 0 for none.
    bytes32 public pending;
    /// @notice When it was made, in seconds.
    uint64 public requestedAt;
    /// @notice The newest estimate.
    Estimate public latest;

    Order private _order;

    /// @notice Another estimate is in.
    event Updated(uint64 indexed lastDay, uint64 valueAtRisk, uint64 expectedShortfall);

    /// @notice The last request was made too short a time ago.
    error TooSoon(uint256 next);
    /// @notice Only the gateway brings results.
    error NotTheGateway();
    /// @notice That request is not awaited.
    error NotAwaited(bytes32 id);
    /// @notice Not an estimate: another length, losses that make no sense, or older than what is known.
    error InvalidEstimate();
    /// @notice There is no value, or it is too old. Call `refresh`.
    error TooOld(uint64 receivedAt);

    /// @param gateway Where tasks are bought.
    /// @param order The task: the app value-at-risk with `--horizon 10 --confidence 0.99` and the weights.
    /// @param maxPrice The most that one value may cost.
    constructor(Gateway gateway, Order memory order, uint256 maxPrice) {
        GATEWAY = gateway;
        MAX_PRICE = maxPrice;
        _order = order;
        gateway.TOKEN().forceApprove(address(gateway), type(uint256).max);
    }

    /// @notice Asks for another value.
    function refresh() external returns (bytes32 callId) {
        require(block.timestamp >= requestedAt + INTERVAL, TooSoon(requestedAt + INTERVAL));
        requestedAt = uint64(block.timestamp);
        callId = GATEWAY.request(_order, MAX_PRICE, address(this), CALLBACK_GAS);
        pending = callId;
    }

    /// @inheritdoc IOracleConsumer
    /// @dev The app's file `callback`: three words, in the order of `Estimate`.
    function receiveResult(bytes32 id, bytes calldata result) external {
        require(msg.sender == address(GATEWAY), NotTheGateway());
        require(id != 0 && id == pending, NotAwaited(id));
        require(result.length == 96, InvalidEstimate());
        (uint64 lastDay, uint64 valueAtRisk, uint64 expectedShortfall) = abi.decode(result, (uint64, uint64, uint64));
        require(
            lastDay >= latest.lastDay && valueAtRisk > 0 && valueAtRisk <= expectedShortfall && expectedShortfall <= WHOLE,
            InvalidEstimate()
        );
        delete pending;
        latest = Estimate(lastDay, valueAtRisk, expectedShortfall, uint64(block.timestamp));
        emit Updated(lastDay, valueAtRisk, expectedShortfall);
    }

    /// @notice Volatility of a year that explains the value at risk, were returns normal; in millionths.
    function volatility() external view returns (uint256) {
        require(block.timestamp <= latest.receivedAt + MAX_AGE, TooOld(latest.receivedAt));
        return uint256(latest.valueAtRisk) * PERIODS_ROOT * WHOLE / QUANTILE;
    }
}
