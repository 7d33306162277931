// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Pair} from "./Pair.sol";

/// @notice A withdrawal from the sidechain.
/// @param index Its place in the outbox.
/// @param to Who receives it.
/// @param amount What the vault pays, the tip included, in units of the token.
/// @param tip The part of it for the account that claims.
struct Withdrawal {
    uint32 index;
    address to;
    uint128 amount;
    uint128 tip;
}

/// @notice How a task ended.
enum Outcome {
    Completed,
    Failed
}

/// @notice The answer to a request.
/// @param index Its place in the outbox.
/// @param callId The request.
/// @param outcome How the task ended.
/// @param assurance The checks behind the result, as the sidechain numbers them: 0 unverified, 1 unaudited, 2 internal, 3
/// replicated, 4 adjudicated.
/// @param errorBound The sidechain's upper bound on the share of wrong results of the category, in millionths.
/// @param digest Digest of the whole result, under which it can be fetched.
/// @param payloadHash Keccak-256 of what the app has written for the caller.
struct Result {
    uint32 index;
    bytes32 callId;
    Outcome outcome;
    uint8 assurance;
    uint32 errorBound;
    bytes32 digest;
    bytes32 payloadHash;
}

/// @title The sidechain's outbox: an append-only Merkle tree of all its messages to Ethereum
/// @dev Depth 32, Keccak-256, unused leaves 0. A leaf is the hash of a fixed number of packed bytes, never 64, so that no inner
/// node can pass for a leaf. It names its chain, its contract and its own index, so that it is good for one place only.
library Outbox {
    /// @notice Levels above the leaves.
    uint256 internal constant DEPTH = 32;

    /// @notice First word of a withdrawal's leaf.
    bytes32 internal constant WITHDRAWAL = "talka/withdrawal/1";
    /// @notice First word of a result's leaf.
    bytes32 internal constant RESULT = "talka/result/1";

    /// @notice Leaf of a withdrawal from `vault`: the hash of 140 bytes.
    function leaf(address vault, Withdrawal calldata message) internal view returns (bytes32) {
        return
            keccak256(
                abi.encodePacked(WITHDRAWAL, block.chainid, vault, message.index, message.to, message.amount, message.tip)
            );
    }

    /// @notice Leaf of a result for `gateway`: the hash of 190 bytes.
    function leaf(address gateway, Result calldata message) internal view returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                RESULT,
                block.chainid,
                gateway,
                message.index,
                message.callId,
                message.outcome,
                message.assurance,
                message.errorBound,
                message.digest,
                message.payloadHash
            )
        );
    }

    /// @notice Root of the tree that has `node` at `index`.
    /// @param siblings From the leaf's sibling up.
    function root(bytes32 node, uint32 index, bytes32[DEPTH] calldata siblings) internal pure returns (bytes32) {
        for (uint256 level = 0; level < DEPTH; ++level) {
            bytes32 sibling = siblings[level];
            node = (index >> level) & 1 == 0 ? Pair.hash(node, sibling) : Pair.hash(sibling, node);
        }
        return node;
    }
}
