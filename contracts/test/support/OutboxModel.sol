// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The sidechain's outbox, for tests
/// @dev The same tree as `Outbox`, built from all its leaves.
contract OutboxModel {
    bytes32[] public leaves;

    function push(bytes32 leaf) external returns (uint32 index) {
        leaves.push(leaf);
        return uint32(leaves.length - 1);
    }

    function size() external view returns (uint32) {
        return uint32(leaves.length);
    }

    function root() external view returns (bytes32 result) {
        (result,) = walk(0);
    }

    function proof(uint32 index) external view returns (bytes32[32] memory siblings) {
        (, siblings) = walk(index);
    }

    function walk(uint32 index) private view returns (bytes32, bytes32[32] memory siblings) {
        bytes32[] memory row = leaves;
        bytes32 empty;
        for (uint256 level = 0; level < 32; ++level) {
            uint256 sibling = (index >> level) ^ 1;
            siblings[level] = sibling < row.length ? row[sibling] : empty;
            bytes32[] memory next = new bytes32[]((row.length + 1) / 2);
            for (uint256 i = 0; i < next.length; ++i) {
                bytes32 right = 2 * i + 1 < row.length ? row[2 * i + 1] : empty;
                next[i] = keccak256(bytes.concat(row[2 * i], right));
            }
            row = next;
            empty = keccak256(bytes.concat(empty, empty));
        }
        return (row.length == 0 ? empty : row[0], siblings);
    }
}
