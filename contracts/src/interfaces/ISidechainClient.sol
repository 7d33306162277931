// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What other contracts ask of the light client
interface ISidechainClient {
    /// @notice Whether `root` is the newest outbox root that was imported, or one of the few before it.
    function isRecentOutboxRoot(bytes32 root) external view returns (bool);
}
