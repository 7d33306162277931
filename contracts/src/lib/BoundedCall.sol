// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A call to code that nobody trusts
library BoundedCall {
    /// @notice What is needed beside the gas of the call: for the call itself, and for the caller to write down how it went.
    uint256 internal constant RESERVE = 60_000;

    /// @notice The transaction has too little gas left to pass on as much as was promised. Send it with more.
    error NotEnoughGas(uint256 needed, uint256 left);

    /// @notice Calls `target` with exactly `gasLimit` gas. Nothing that it returns is copied.
    /// @return success Whether `target` has code and did not revert.
    function tryCall(address target, uint256 gasLimit, bytes memory data) internal returns (bool success) {
        // A call gets at most 63 of 64 parts of what is left: the sender of the transaction must not decide how the callback
        // ends.
        uint256 left = gasleft() - gasleft() / 64;
        require(left >= gasLimit + RESERVE, NotEnoughGas(gasLimit + RESERVE, left));
        if (target.code.length == 0) return false;
        assembly ("memory-safe") {
            success := call(gasLimit, target, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
