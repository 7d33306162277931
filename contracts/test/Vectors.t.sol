// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Commitment, CommitmentCodec} from "../src/lib/Commitment.sol";
import {Deposits} from "../src/lib/Deposits.sol";
import {Keyset} from "../src/lib/Keyset.sol";
import {MmrLeaf, MmrLeafCodec} from "../src/lib/MmrLeaf.sol";
import {NewestLeaf} from "../src/lib/NewestLeaf.sol";
import {Order, OrderCodec} from "../src/lib/Order.sol";
import {Outbox, Outcome, Result, Withdrawal} from "../src/lib/Outbox.sol";
import {Scale} from "../src/lib/Scale.sol";
import {SidechainClient} from "../src/SidechainClient.sol";
import {Import} from "./support/Validators.sol";
import {vm} from "./support/Vm.sol";

/// @dev The libraries, callable with calldata.
contract Libraries {
    function commitment(bytes calldata data) external pure returns (Commitment memory) {
        return CommitmentCodec.decode(data);
    }

    function leaf(bytes calldata data) external pure returns (MmrLeaf memory) {
        return MmrLeafCodec.decode(data);
    }

    function keyset(address[] calldata validators) external pure returns (bytes32) {
        return Keyset.root(validators);
    }

    function range(bytes32 newest, uint256 count, bytes32[] calldata items) external pure returns (bytes32) {
        return NewestLeaf.root(newest, count, items);
    }

    function withdrawal(address vault, Withdrawal calldata message) external view returns (bytes32) {
        return Outbox.leaf(vault, message);
    }

    function result(address gateway, Result calldata message) external view returns (bytes32) {
        return Outbox.leaf(gateway, message);
    }

    function outbox(bytes32 node, uint32 index, bytes32[32] calldata proof) external pure returns (bytes32) {
        return Outbox.root(node, index, proof);
    }

    function order(Order calldata wanted, address requester) external pure returns (bytes memory) {
        return OrderCodec.encode(wanted, requester);
    }

    function callId(address gateway, uint64 nonce) external view returns (bytes32) {
        return OrderCodec.callId(gateway, nonce);
    }

    function start(address vault) external view returns (bytes32) {
        return Deposits.start(vault);
    }

    function link(bytes32 before, uint64 nonce, address sender, bytes32 to, uint128 amount, bytes calldata message)
        external
        pure
        returns (bytes32)
    {
        return Deposits.link(before, nonce, sender, to, amount, message);
    }

    function compact(uint256 length) external pure returns (bytes memory) {
        return Scale.compact(length);
    }
}

/// @title The contracts read what others write: `test/vectors`
contract VectorsTest {
    Libraries private libraries = new Libraries();

    function test_commitments_are_decoded_as_encoded() external view {
        string memory json = load("commitments");
        for (uint256 i = 0; vm.keyExistsJson(json, item(i)); ++i) {
            bytes memory encoded = vm.parseJsonBytes(json, field(i, "encoded"));
            Commitment memory decoded = libraries.commitment(encoded);
            vm.assertEq(decoded.mmrRoot, vm.parseJsonBytes32(json, field(i, "mmrRoot")), "root");
            vm.assertEq(decoded.blockNumber, vm.parseJsonUint(json, field(i, "blockNumber")), "block");
            vm.assertEq(decoded.validatorSetId, vm.parseJsonUint(json, field(i, "validatorSetId")), "set");
            vm.assertEq(keccak256(encoded), vm.parseJsonBytes32(json, field(i, "hash")), "hash");
        }
    }

    function test_leaves_are_decoded_as_encoded() external view {
        string memory json = load("leaves");
        for (uint256 i = 0; vm.keyExistsJson(json, item(i)); ++i) {
            MmrLeaf memory decoded = libraries.leaf(vm.parseJsonBytes(json, field(i, "encoded")));
            vm.assertEq(decoded.parentNumber, vm.parseJsonUint(json, field(i, "parentNumber")), "parent");
            vm.assertEq(decoded.nextSetId, vm.parseJsonUint(json, field(i, "nextSet.id")), "set");
            vm.assertEq(decoded.nextSetLength, vm.parseJsonUint(json, field(i, "nextSet.length")), "length");
            vm.assertEq(decoded.nextSetRoot, vm.parseJsonBytes32(json, field(i, "nextSet.root")), "set root");
            vm.assertEq(decoded.outboxRoot, vm.parseJsonBytes32(json, field(i, "outboxRoot")), "outbox");
        }
    }

    function test_keyset_roots_are_those_of_pallet_beefy_mmr() external view {
        string memory json = load("keysets");
        for (uint256 i = 0; vm.keyExistsJson(json, item(i)); ++i) {
            address[] memory addresses = vm.parseJsonAddressArray(json, field(i, "addresses"));
            vm.assertEq(libraries.keyset(addresses), vm.parseJsonBytes32(json, field(i, "root")), "root");
        }
    }

    function test_newest_leaves_lead_to_the_roots_of_pallet_mmr() external {
        string memory json = load("ranges");
        for (uint256 i = 0; vm.keyExistsJson(json, item(i)); ++i) {
            uint256 count = vm.parseJsonUint(json, field(i, "count"));
            bytes32 leaf = vm.parseJsonBytes32(json, field(i, "leaf"));
            bytes32[] memory items = vm.parseJsonBytes32Array(json, field(i, "items"));
            vm.assertEq(libraries.range(leaf, count, items), vm.parseJsonBytes32(json, field(i, "root")), "root");
            vm.expectRevert(abi.encodeWithSelector(NewestLeaf.WrongProofLength.selector, items.length, items.length + 1));
            libraries.range(leaf, count, new bytes32[](items.length + 1));
        }
    }

    function test_a_client_follows_three_sessions() external {
        string memory json = load("imports");
        SidechainClient client = clientOf(json);
        uint256 i;
        for (; vm.keyExistsJson(json, string.concat(".imports[", vm.toString(i), "]")); ++i) {
            Import memory made = importOf(json, i);
            client.importCommitment(made.commitment, made.validators, made.signers, made.signatures, made.leaf, made.proof);
        }
        vm.assertEq(i, 5, "imports");
        vm.assertEq(client.latestBlock(), 12, "block");
        vm.assertEq(client.currentSet().id, 2, "set");
        vm.assertEq(client.currentSet().length, 7, "validators");
        vm.assertEq(client.outboxRoot(), keccak256("outbox 3"), "outbox");
        vm.assertTrue(client.isRecentOutboxRoot(keccak256("outbox 1")), "older outbox");
        vm.assertFalse(client.isRecentOutboxRoot(keccak256("outbox 0")), "outbox that was not imported");
    }

    function test_no_historic_leaf_passes_under_the_newest_commitment() external {
        string memory json = load("imports");
        SidechainClient client = clientOf(json);
        for (uint256 i = 0; i < 4; ++i) {
            Import memory before = importOf(json, i);
            client.importCommitment(
                before.commitment, before.validators, before.signers, before.signatures, before.leaf, before.proof
            );
        }
        Import memory made = importOf(json, 4);
        for (uint256 i = 0; i < 11; ++i) {
            string memory path = string.concat(".historic[", vm.toString(i), "]");
            bytes memory leaf = vm.parseJsonBytes(json, string.concat(path, ".leaf"));
            bytes32[] memory proof = vm.parseJsonBytes32Array(json, string.concat(path, ".proof"));
            vm.expectRevert(abi.encodeWithSelector(SidechainClient.NotTheNewestLeaf.selector, i, 12));
            client.importCommitment(made.commitment, made.validators, made.signers, made.signatures, leaf, proof);
        }
        client.importCommitment(made.commitment, made.validators, made.signers, made.signatures, made.leaf, made.proof);
    }

    function test_outbox_leaves_and_proofs_lead_to_the_root() external {
        string memory json = load("outboxes");
        vm.chainId(vm.parseJsonUint(json, ".chainId"));
        for (uint256 i = 0; vm.keyExistsJson(json, string.concat(".withdrawals[", vm.toString(i), "]")); ++i) {
            string memory path = string.concat(".withdrawals[", vm.toString(i), "].");
            Withdrawal memory message = Withdrawal({
                index: uint32(vm.parseJsonUint(json, string.concat(path, "index"))),
                to: vm.parseJsonAddress(json, string.concat(path, "to")),
                amount: uint128(vm.parseJsonUint(json, string.concat(path, "amount"))),
                tip: uint128(vm.parseJsonUint(json, string.concat(path, "tip")))
            });
            bytes32 leaf = libraries.withdrawal(vm.parseJsonAddress(json, ".vault"), message);
            vm.assertEq(leaf, vm.parseJsonBytes32(json, string.concat(path, "leaf")), "withdrawal");
        }
        for (uint256 i = 0; vm.keyExistsJson(json, string.concat(".results[", vm.toString(i), "]")); ++i) {
            string memory path = string.concat(".results[", vm.toString(i), "].");
            bytes32 leaf = libraries.result(vm.parseJsonAddress(json, ".gateway"), resultOf(json, path));
            vm.assertEq(leaf, vm.parseJsonBytes32(json, string.concat(path, "leaf")), "result");
        }
        for (uint256 i = 0; vm.keyExistsJson(json, string.concat(".trees[", vm.toString(i), "]")); ++i) {
            checkTree(json, string.concat(".trees[", vm.toString(i), "]."));
        }
    }

    function test_orders_and_identifiers_are_encoded_as_the_sidechain_reads_them() external {
        string memory json = load("orders");
        address requester = vm.parseJsonAddress(json, ".requester");
        for (uint256 i = 0; vm.keyExistsJson(json, item(i)); ++i) {
            Order memory order = Order({
                app: uint32(vm.parseJsonUint(json, field(i, "app"))),
                dataset: option(json, field(i, "dataset")),
                pool: option(json, field(i, "pool")),
                category: uint8(vm.parseJsonUint(json, field(i, "category"))),
                trust: uint32(vm.parseJsonUint(json, field(i, "trust"))),
                arguments: vm.parseJsonStringArray(json, field(i, "arguments")),
                parameter: vm.parseJsonString(json, field(i, "parameter"))
            });
            vm.assertEq(libraries.order(order, requester), vm.parseJsonBytes(json, field(i, "encoded")), "order");
        }
        vm.chainId(vm.parseJsonUint(json, ".chainId"));
        address gateway = vm.parseJsonAddress(json, ".gateway");
        for (uint256 i = 0; vm.keyExistsJson(json, string.concat(".calls[", vm.toString(i), "]")); ++i) {
            string memory path = string.concat(".calls[", vm.toString(i), "].");
            uint64 nonce = uint64(vm.parseJsonUint(json, string.concat(path, "nonce")));
            bytes32 callId = vm.parseJsonBytes32(json, string.concat(path, "callId"));
            vm.assertEq(libraries.callId(gateway, nonce), callId, "call");
        }
    }

    function test_deposits_are_chained_as_the_sidechain_does() external {
        string memory json = load("deposits");
        vm.chainId(vm.parseJsonUint(json, ".chainId"));
        bytes32 link = libraries.start(vm.parseJsonAddress(json, ".vault"));
        vm.assertEq(link, vm.parseJsonBytes32(json, ".start"), "start");
        for (uint64 i = 0; vm.keyExistsJson(json, string.concat(".links[", vm.toString(i), "]")); ++i) {
            string memory path = string.concat(".links[", vm.toString(i), "].");
            link = libraries.link(
                link,
                i,
                vm.parseJsonAddress(json, string.concat(path, "sender")),
                vm.parseJsonBytes32(json, string.concat(path, "to")),
                uint128(vm.parseJsonUint(json, string.concat(path, "amount"))),
                vm.parseJsonBytes(json, string.concat(path, "message"))
            );
            vm.assertEq(link, vm.parseJsonBytes32(json, string.concat(path, "accumulator")), "link");
        }
    }

    function test_lengths_are_compact() external {
        vm.assertEq(libraries.compact(0), hex"00", "0");
        vm.assertEq(libraries.compact(63), hex"fc", "63");
        vm.assertEq(libraries.compact(64), hex"0101", "64");
        vm.assertEq(libraries.compact(16383), hex"fdff", "16383");
        vm.expectRevert(abi.encodeWithSelector(Scale.LengthTooLarge.selector, 16384));
        libraries.compact(16384);
    }

    function test_nothing_but_a_commitment_is_read_as_one(bytes calldata data) external {
        vm.assume(data.length != 48 || bytes4(data[:4]) != 0x046d6880);
        vm.expectRevert(CommitmentCodec.MalformedCommitment.selector);
        libraries.commitment(data);
    }

    function test_nothing_but_a_leaf_is_read_as_one(bytes calldata data) external {
        vm.assume(data.length != 113 || data[0] != 0);
        vm.expectRevert(MmrLeafCodec.MalformedLeaf.selector);
        libraries.leaf(data);
    }

    function checkTree(string memory json, string memory path) private view {
        bytes32[] memory leaves = vm.parseJsonBytes32Array(json, string.concat(path, "leaves"));
        for (uint32 i = 0; i < leaves.length; ++i) {
            bytes32[] memory items = vm.parseJsonBytes32Array(json, string.concat(path, "proofs[", vm.toString(i), "]"));
            vm.assertEq(items.length, 32, "depth");
            bytes32[32] memory proof;
            for (uint256 level = 0; level < 32; ++level) {
                proof[level] = items[level];
            }
            bytes32 root = vm.parseJsonBytes32(json, string.concat(path, "root"));
            vm.assertEq(libraries.outbox(leaves[i], i, proof), root, "root");
        }
    }

    function resultOf(string memory json, string memory path) private pure returns (Result memory) {
        return Result({
            index: uint32(vm.parseJsonUint(json, string.concat(path, "index"))),
            callId: vm.parseJsonBytes32(json, string.concat(path, "callId")),
            outcome: Outcome(vm.parseJsonUint(json, string.concat(path, "outcome"))),
            assurance: uint8(vm.parseJsonUint(json, string.concat(path, "assurance"))),
            errorBound: uint32(vm.parseJsonUint(json, string.concat(path, "errorBound"))),
            digest: vm.parseJsonBytes32(json, string.concat(path, "digest")),
            payloadHash: vm.parseJsonBytes32(json, string.concat(path, "payloadHash"))
        });
    }

    function clientOf(string memory json) private returns (SidechainClient) {
        return new SidechainClient(
            uint32(vm.parseJsonUint(json, ".firstMmrBlock")), setOf(json, ".currentSet"), setOf(json, ".nextSet")
        );
    }

    function setOf(string memory json, string memory path) private pure returns (SidechainClient.ValidatorSet memory) {
        return SidechainClient.ValidatorSet({
            id: uint64(vm.parseJsonUint(json, string.concat(path, ".id"))),
            length: uint32(vm.parseJsonUint(json, string.concat(path, ".length"))),
            root: vm.parseJsonBytes32(json, string.concat(path, ".root"))
        });
    }

    function importOf(string memory json, uint256 i) private pure returns (Import memory) {
        string memory path = string.concat(".imports[", vm.toString(i), "].");
        return Import({
            commitment: vm.parseJsonBytes(json, string.concat(path, "commitment")),
            validators: vm.parseJsonAddressArray(json, string.concat(path, "validators")),
            signers: vm.parseJsonUint(json, string.concat(path, "signers")),
            signatures: vm.parseJsonBytes(json, string.concat(path, "signatures")),
            leaf: vm.parseJsonBytes(json, string.concat(path, "leaf")),
            proof: vm.parseJsonBytes32Array(json, string.concat(path, "proof"))
        });
    }

    /// @dev `null` is not a number.
    function option(string memory json, string memory path) private pure returns (uint32) {
        string memory value = vm.parseJsonString(json, path);
        return keccak256(bytes(value)) == keccak256("null") ? OrderCodec.NONE : uint32(vm.parseJsonUint(json, path));
    }

    function load(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat("test/vectors/", name, ".json"));
    }

    function item(uint256 i) private pure returns (string memory) {
        return string.concat(".cases[", vm.toString(i), "]");
    }

    function field(uint256 i, string memory name) private pure returns (string memory) {
        return string.concat(item(i), ".", name);
    }
}
