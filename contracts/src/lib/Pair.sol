// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Keccak-256 of two words
library Pair {
    /// @notice `keccak256(left | right)`, in scratch memory.
    function hash(bytes32 left, bytes32 right) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            result := keccak256(0x00, 0x40)
        }
    }
}
