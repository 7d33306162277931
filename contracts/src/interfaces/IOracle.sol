// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Results that can be asked for (ERC-1154)
interface IOracle {
    /// @notice What the app has written for the caller. Reverts where there is no result, or it was pushed.
    function resultFor(bytes32 id) external view returns (bytes memory result);
}
