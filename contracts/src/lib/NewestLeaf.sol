// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pair} from "./Pair.sol";

/// @title Proof of the newest leaf of a Merkle mountain range of pallet-mmr
/// @dev The number of leaves alone says where the newest leaf lies: it is the last leaf of the last mountain. So a proof has no
/// free choice of a position, and an older leaf cannot be proven at all.
library NewestLeaf {
    /// @notice The proof has another length than a range of that size asks for.
    error WrongProofLength(uint256 expected, uint256 actual);

    /// @notice Root of the range whose newest leaf has the hash `leaf`.
    /// @param count Leaves of the range, at least 1.
    /// @param items As `mmr_generateProof` answers for the newest leaf: the other peaks from left to right, then the siblings of
    /// the path in the last mountain, from the leaf up.
    function root(bytes32 leaf, uint256 count, bytes32[] calldata items) internal pure returns (bytes32 node) {
        uint256 height = trailingZeros(count);
        uint256 peaks = ones(count) - 1;
        require(items.length == peaks + height, WrongProofLength(peaks + height, items.length));
        node = leaf;
        // The newest leaf is a right child all the way up its mountain.
        for (uint256 i = peaks; i < items.length; ++i) {
            node = Pair.hash(items[i], node);
        }
        // Peaks are bagged from the right, each new left one behind what there is.
        for (uint256 i = peaks; i > 0; --i) {
            node = Pair.hash(node, items[i - 1]);
        }
    }

    /// @dev Height of the last mountain. `count` is not 0.
    function trailingZeros(uint256 count) private pure returns (uint256) {
        unchecked {
            return Math.log2(count & (~count + 1));
        }
    }

    /// @dev The number of mountains.
    function ones(uint256 count) private pure returns (uint256 result) {
        unchecked {
            for (; count != 0; count &= count - 1) {
                ++result;
            }
        }
    }
}
