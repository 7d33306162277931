// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract that RLC tells of an approval
interface ITokenReceiver {
    /// @notice Called by the token in `approveAndCall`, after the approval.
    /// @param from Who has approved.
    /// @param amount What it has approved.
    /// @param token The token.
    /// @param data What the caller of `approveAndCall` adds.
    function receiveApproval(address from, uint256 amount, address token, bytes calldata data) external;
}
