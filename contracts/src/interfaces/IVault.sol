// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What depositors ask of the vault
interface IVault {
    /// @notice Locks `amount` of the caller's tokens for the account `to` on the sidechain, with a message.
    /// @return nonce Number of the deposit.
    function depositWithMessage(bytes32 to, uint256 amount, bytes calldata message) external returns (uint64 nonce);
}
