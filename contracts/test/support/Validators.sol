// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SidechainClient} from "../../src/SidechainClient.sol";
import {vm} from "./Vm.sol";

/// @notice All arguments of an import.
struct Import {
    bytes commitment;
    address[] validators;
    uint256 signers;
    bytes signatures;
    bytes leaf;
    bytes32[] proof;
}

/// @notice What a block of the model says.
struct Block {
    uint32 number;
    uint64 setId;
    uint32 parentNumber;
    uint64 nextSetId;
    uint32 nextSetLength;
    bytes32 nextSetRoot;
    bytes32 outboxRoot;
}

/// @title Validators of the sidechain, for tests: they sign whatever block they are given
/// @dev Written apart from the contracts: encodings byte by byte, the root of a keyset by recursion.
library Validators {
    /// @notice Keys `first`, `first + 1` and so on.
    function keys(uint256 first, uint256 count) internal pure returns (uint256[] memory result) {
        result = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            result[i] = uint256(keccak256(abi.encode("validator", first + i)));
        }
    }

    function addresses(uint256[] memory secrets) internal pure returns (address[] memory result) {
        result = new address[](secrets.length);
        for (uint256 i = 0; i < secrets.length; ++i) {
            result[i] = vm.addr(secrets[i]);
        }
    }

    function set(uint64 id, uint256[] memory secrets) internal pure returns (SidechainClient.ValidatorSet memory) {
        address[] memory all = addresses(secrets);
        return SidechainClient.ValidatorSet({id: id, length: uint32(all.length), root: keysetRoot(all)});
    }

    function keysetRoot(address[] memory all) internal pure returns (bytes32) {
        bytes32[] memory row = new bytes32[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            row[i] = keccak256(abi.encodePacked(all[i]));
        }
        while (row.length > 1) {
            bytes32[] memory next = new bytes32[]((row.length + 1) / 2);
            for (uint256 i = 0; i < next.length; ++i) {
                next[i] = 2 * i + 1 < row.length ? keccak256(bytes.concat(row[2 * i], row[2 * i + 1])) : row[2 * i];
            }
            row = next;
        }
        return row[0];
    }

    function threshold(uint256 count) internal pure returns (uint256) {
        return count - (count - 1) / 3;
    }

    /// @notice A block with a range of `count` leaves, signed by the last ones of the set, as few as are enough.
    function signed(Block memory about, uint256 count, uint256[] memory secrets) internal pure returns (Import memory) {
        return signedBy(
            about, count, secrets, ((1 << secrets.length) - 1) & ~((1 << (secrets.length - threshold(secrets.length))) - 1)
        );
    }

    function signedBy(Block memory about, uint256 count, uint256[] memory secrets, uint256 signers)
        internal
        pure
        returns (Import memory made)
    {
        made.leaf = leaf(about);
        made.proof = otherNodes(count);
        made.commitment = commitment(rangeRoot(keccak256(made.leaf), count, made.proof), about.number, about.setId);
        made.validators = addresses(secrets);
        made.signers = signers;
        made.signatures = sign(keccak256(made.commitment), secrets, signers);
    }

    function sign(bytes32 hash, uint256[] memory secrets, uint256 signers) internal pure returns (bytes memory all) {
        for (uint256 i = 0; i < secrets.length; ++i) {
            if ((signers >> i) & 1 == 0) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(secrets[i], hash);
            all = abi.encodePacked(all, r, s, v - 27);
        }
    }

    function commitment(bytes32 root, uint32 number, uint64 setId) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"046d6880", root, little(number, 4), little(setId, 8));
    }

    function leaf(Block memory about) internal pure returns (bytes memory) {
        return abi.encodePacked(
            hex"00",
            little(about.parentNumber, 4),
            keccak256(abi.encode("parent", about.parentNumber)),
            little(about.nextSetId, 8),
            little(about.nextSetLength, 4),
            about.nextSetRoot,
            about.outboxRoot
        );
    }

    function little(uint256 value, uint256 width) internal pure returns (bytes memory result) {
        for (uint256 i = 0; i < width; ++i) {
            result = abi.encodePacked(result, uint8(value >> (8 * i)));
        }
    }

    /// @dev Any nodes will do for the older leaves: the validators have signed what follows from them.
    function otherNodes(uint256 count) private pure returns (bytes32[] memory nodes) {
        uint256 length;
        for (uint256 bit = 0; bit < 64; ++bit) {
            if ((count >> bit) & 1 == 1) ++length;
        }
        --length;
        for (uint256 bit = 0; (count >> bit) & 1 == 0; ++bit) {
            ++length;
        }
        nodes = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            nodes[i] = keccak256(abi.encode("node", count, i));
        }
    }

    function rangeRoot(bytes32 node, uint256 count, bytes32[] memory items) private pure returns (bytes32) {
        uint256 next = items.length;
        uint256 height;
        for (; (count >> height) & 1 == 0; ++height) {}
        for (uint256 i = next - height; i < next; ++i) {
            node = keccak256(bytes.concat(items[i], node));
        }
        next -= height;
        while (next > 0) {
            node = keccak256(bytes.concat(node, items[--next]));
        }
        return node;
    }
}
