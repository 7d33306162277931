// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Scale} from "./Scale.sol";

/// @notice A leaf of the Merkle mountain range: what one block adds to it.
/// @param parentNumber Number of the block's parent.
/// @param nextSetId The validator set after the one that signs the block.
/// @param nextSetLength Validators of that set.
/// @param nextSetRoot Merkle root of their addresses.
/// @param outboxRoot Root of all messages to Ethereum so far: the leaf's extra data.
struct MmrLeaf {
    uint32 parentNumber;
    uint64 nextSetId;
    uint32 nextSetLength;
    bytes32 nextSetRoot;
    bytes32 outboxRoot;
}

/// @title SCALE encoding of an MMR leaf of pallet-beefy-mmr
/// @dev `version u8 = 0 | parent number u32 | parent hash[32] | next set id u64 | its length u32 | its root[32] | extra[32]`. The
/// hash of a leaf is over 113 bytes and that of an inner node over 64, so neither can pass for the other.
library MmrLeafCodec {
    /// @notice Length in bytes.
    uint256 internal constant LENGTH = 113;

    /// @notice These bytes are not a leaf of version 0.
    error MalformedLeaf();

    /// @notice Reads a leaf.
    function decode(bytes calldata data) internal pure returns (MmrLeaf memory) {
        require(data.length == LENGTH && data[0] == 0, MalformedLeaf());
        return MmrLeaf({
            parentNumber: Scale.readU32(data, 1),
            nextSetId: Scale.readU64(data, 37),
            nextSetLength: Scale.readU32(data, 45),
            nextSetRoot: bytes32(data[49:81]),
            outboxRoot: bytes32(data[81:113])
        });
    }
}
