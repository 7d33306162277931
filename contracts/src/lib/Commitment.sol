// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Scale} from "./Scale.sol";

/// @notice What a BEEFY quorum signs.
/// @param mmrRoot Root of the Merkle mountain range at the end of the block.
/// @param blockNumber The block.
/// @param validatorSetId The set that signs.
struct Commitment {
    bytes32 mmrRoot;
    uint32 blockNumber;
    uint64 validatorSetId;
}

/// @title SCALE encoding of a BEEFY commitment with one payload, the MMR root
/// @dev `04 | "mh" | 80 | root[32] | block u32 | set u64`: `Commitment<u32>` of sp-consensus-beefy. There is one encoding of each
/// commitment and nothing else is read, so the hash of the bytes is the hash that the validators signed.
library CommitmentCodec {
    /// @notice Length in bytes.
    uint256 internal constant LENGTH = 48;

    /// @dev One payload, its id "mh", and the compact length 32 of its value.
    bytes4 private constant HEAD = 0x046d6880;

    /// @notice These bytes are not a commitment to one MMR root.
    error MalformedCommitment();

    /// @notice Reads a commitment.
    function decode(bytes calldata data) internal pure returns (Commitment memory) {
        require(data.length == LENGTH && bytes4(data[:4]) == HEAD, MalformedCommitment());
        return Commitment({
            mmrRoot: bytes32(data[4:36]), blockNumber: Scale.readU32(data, 36), validatorSetId: Scale.readU64(data, 40)
        });
    }
}
