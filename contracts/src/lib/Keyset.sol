// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Merkle root of a validator set, as pallet-beefy-mmr computes it
/// @dev `binary_merkle_tree::merkle_root::<Keccak256>` over the 20-byte addresses: the last node of an odd row moves up
/// unchanged.
library Keyset {
    /// @notice Root over `validators`, of which there is at least one.
    function root(address[] calldata validators) internal pure returns (bytes32 result) {
        uint256 width = validators.length;
        assembly ("memory-safe") {
            // Beyond the free memory pointer, and not kept.
            let row := mload(0x40)
            for { let i := 0 } lt(i, width) { i := add(i, 1) } {
                mstore(0x00, shl(96, calldataload(add(validators.offset, shl(5, i)))))
                mstore(add(row, shl(5, i)), keccak256(0x00, 20))
            }
            for {} gt(width, 1) {} {
                let half := shr(1, width)
                for { let i := 0 } lt(i, half) { i := add(i, 1) } {
                    mstore(add(row, shl(5, i)), keccak256(add(row, shl(6, i)), 0x40))
                }
                if and(width, 1) { mstore(add(row, shl(5, half)), mload(add(row, shl(5, sub(width, 1))))) }
                width := add(half, and(width, 1))
            }
            result := mload(row)
        }
    }
}
