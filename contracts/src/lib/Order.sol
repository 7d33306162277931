// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Scale} from "./Scale.sol";

/// @notice What is bought on the sidechain: one task, at published prices.
/// @param app Number of the app.
/// @param dataset Number of the dataset that it reads, or `NONE`.
/// @param pool Number of the pool whose workers execute, or `NONE` for any.
/// @param category The size of the task.
/// @param trust The bound on errors: a result is wrong with a probability below 1 / trust.
/// @param arguments Arguments of the app, at most 16 of 256 bytes each.
/// @param parameter The task's own parameter, at most 64 bytes: the last argument.
struct Order {
    uint32 app;
    uint32 dataset;
    uint32 pool;
    uint8 category;
    uint32 trust;
    string[] arguments;
    string parameter;
}

/// @title SCALE encoding of a request from Ethereum
/// @dev `version u8 = 1 | requester[20] | app u32 | dataset Option<u32> | pool Option<u32> | category u8 | trust u32 |
/// arguments Vec<Vec<u8>> | parameter Vec<u8>`. The most that it may cost is the amount of the deposit that carries it.
library OrderCodec {
    /// @notice No dataset, or any pool.
    uint32 internal constant NONE = type(uint32).max;

    /// @notice First word of what a request's identifier is the hash of.
    bytes32 internal constant CALL = "talka/call/1";

    uint256 private constant MAX_ARGUMENTS = 16;
    uint256 private constant MAX_ARGUMENT = 256;
    uint256 private constant MAX_PARAMETER = 64;

    /// @notice The sidechain takes at most 16 arguments.
    error TooManyArguments(uint256 count);
    /// @notice An argument is at most 256 bytes, the parameter 64.
    error ArgumentTooLong(uint256 length);

    /// @notice Encodes the request of `requester`, to whom money goes back.
    function encode(Order calldata order, address requester) internal pure returns (bytes memory) {
        uint256 count = order.arguments.length;
        require(count <= MAX_ARGUMENTS, TooManyArguments(count));
        require(bytes(order.parameter).length <= MAX_PARAMETER, ArgumentTooLong(bytes(order.parameter).length));
        bytes memory arguments = Scale.compact(count);
        for (uint256 i = 0; i < count; ++i) {
            bytes calldata argument = bytes(order.arguments[i]);
            require(argument.length <= MAX_ARGUMENT, ArgumentTooLong(argument.length));
            arguments = bytes.concat(arguments, Scale.bytesOf(argument));
        }
        return abi.encodePacked(
            uint8(1),
            requester,
            Scale.u32(order.app),
            Scale.optionU32(order.dataset, NONE),
            Scale.optionU32(order.pool, NONE),
            order.category,
            Scale.u32(order.trust),
            arguments,
            Scale.bytesOf(bytes(order.parameter))
        );
    }

    /// @notice Identifier of the request that the deposit with this number carries.
    function callId(address gateway, uint64 nonce) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(CALL, block.chainid, gateway, nonce));
    }
}
