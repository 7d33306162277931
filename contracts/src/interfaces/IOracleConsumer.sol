// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract that results are pushed to (ERC-1154)
interface IOracleConsumer {
    /// @notice Receives a result.
    /// @dev Called by the gateway, and it has to check that: `msg.sender`, and that it has made the request `id` itself.
    /// @param id The request.
    /// @param result What the app has written for the caller.
    function receiveResult(bytes32 id, bytes calldata result) external;
}
