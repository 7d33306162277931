// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommitmentCodec} from "../src/lib/Commitment.sol";
import {MmrLeafCodec} from "../src/lib/MmrLeaf.sol";
import {NewestLeaf} from "../src/lib/NewestLeaf.sol";
import {Quorum} from "../src/lib/Quorum.sol";
import {SidechainClient} from "../src/SidechainClient.sol";
import {Block, Import, Validators} from "./support/Validators.sol";
import {vm} from "./support/Vm.sol";

/// @title What the light client believes, and what it does not
contract SidechainClientTest {
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    uint256[] private keys = Validators.keys(0, 7);
    uint256[] private nextKeys = Validators.keys(7, 4);
    SidechainClient.ValidatorSet private current = Validators.set(5, keys);
    SidechainClient.ValidatorSet private next = Validators.set(6, nextKeys);
    SidechainClient private client = new SidechainClient(1, current, next);

    function test_a_block_that_a_quorum_has_signed_is_imported() external {
        vm.expectEmit(address(client));
        emit SidechainClient.Imported(100, 5, keccak256("outbox"));
        submit(valid(100));
        vm.assertEq(client.latestBlock(), 100, "block");
        vm.assertEq(client.outboxRoot(), keccak256("outbox"), "outbox");
        vm.assertTrue(client.isRecentOutboxRoot(keccak256("outbox")), "recent");
    }

    function test_any_quorum_is_enough(uint256 signers) external {
        signers &= 127;
        Import memory made = Validators.signedBy(blockOf(100), 100, keys, signers);
        uint256 count = made.signatures.length / 65;
        if (count < 5) vm.expectRevert(abi.encodeWithSelector(Quorum.TooFewSigners.selector, 5, count));
        submit(made);
        vm.assertEq(client.latestBlock(), count < 5 ? 0 : 100, "block");
    }

    function test_the_threshold_is_more_than_two_thirds() external pure {
        for (uint256 count = 1; count <= 256; ++count) {
            vm.assertTrue(3 * Quorum.threshold(count) > 2 * count, "safe");
            vm.assertTrue(3 * (Quorum.threshold(count) - 1) <= 2 * count, "live");
        }
        vm.assertEq(Quorum.threshold(4), 3, "4");
        vm.assertEq(Quorum.threshold(8), 6, "8");
        vm.assertEq(Quorum.threshold(32), 22, "32");
    }

    function test_a_signature_of_another_key_is_refused() external {
        Import memory made = valid(100);
        uint256[] memory forged = keys;
        forged[4] = uint256(keccak256("nobody"));
        made.signatures = Validators.sign(keccak256(made.commitment), forged, made.signers);
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 4));
    }

    function test_a_signature_of_another_commitment_is_refused() external {
        Import memory made = valid(100);
        made.signatures = valid(101).signatures;
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 2));
    }

    function test_one_changed_byte_of_the_signatures_is_refused(uint256 place, uint8 change) external {
        vm.assume(change != 0);
        Import memory made = valid(100);
        place %= made.signatures.length;
        made.signatures[place] = bytes1(uint8(made.signatures[place]) ^ change);
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 2 + place / 65));
    }

    function test_s_in_the_upper_half_is_refused() external {
        Import memory made = valid(100);
        bytes memory signatures = made.signatures;
        bytes32 s;
        assembly {
            s := mload(add(signatures, 64))
            mstore(add(signatures, 64), sub(CURVE_ORDER, s))
        }
        signatures[64] = bytes1(uint8(signatures[64]) ^ 1);
        vm.assertEq(
            ecrecover(
                keccak256(made.commitment), uint8(signatures[64]) + 27, first(signatures), bytes32(CURVE_ORDER - uint256(s))
            ),
            made.validators[2],
            "the same signer"
        );
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 2));
    }

    function test_a_signer_cannot_stand_in_for_another() external {
        Import memory made = valid(100);
        // Validator 2 signs for 2 and 3.
        uint256[] memory twice = keys;
        twice[3] = twice[2];
        made.signatures = Validators.sign(keccak256(made.commitment), twice, made.signers);
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 3));
    }

    function test_nobody_signs_for_a_key_that_could_not_be_converted() external {
        // pallet-beefy-mmr writes address 0 for such a key, and a signature that fits no key recovers to it.
        address[] memory validators = Validators.addresses(keys);
        validators[6] = address(0);
        current.root = Validators.keysetRoot(validators);
        client = new SidechainClient(1, current, next);
        Import memory made = valid(100);
        made.validators = validators;
        bytes memory signatures = made.signatures;
        assembly {
            let last := add(add(signatures, 32), mul(4, 65))
            mstore(last, 0)
        }
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 6));
    }

    function test_too_few_signers_are_refused() external {
        Import memory made = Validators.signedBy(blockOf(100), 100, keys, 15);
        refused(made, abi.encodeWithSelector(Quorum.TooFewSigners.selector, 5, 4));
        made.signers = 0;
        made.signatures = "";
        refused(made, abi.encodeWithSelector(Quorum.TooFewSigners.selector, 5, 0));
    }

    function test_signers_and_signatures_go_together() external {
        Import memory made = valid(100);
        bytes memory signatures = made.signatures;
        made.signatures = bytes.concat(signatures, hex"00");
        refused(made, abi.encodeWithSelector(Quorum.WrongSignatureLength.selector, 325, 326));
        made.signers |= 1 << 7;
        made.signatures = signatures;
        refused(made, abi.encodeWithSelector(Quorum.UnknownSigner.selector));
        made.signers = 127;
        refused(made, abi.encodeWithSelector(Quorum.InvalidSignature.selector, 0));
    }

    function test_other_validators_are_refused() external {
        Import memory made = valid(100);
        (made.validators[0], made.validators[1]) = (made.validators[1], made.validators[0]);
        refused(made, abi.encodeWithSelector(SidechainClient.WrongValidators.selector));
        made.validators = Validators.addresses(nextKeys);
        refused(made, abi.encodeWithSelector(SidechainClient.WrongValidators.selector));
        made.validators = new address[](0);
        refused(made, abi.encodeWithSelector(SidechainClient.WrongValidators.selector));
    }

    function test_an_inner_node_is_no_validator_list() external {
        // The same root could be had from fewer entries if leaves and nodes had the same length.
        Import memory made = valid(100);
        address[] memory fewer = new address[](6);
        for (uint256 i = 0; i < 6; ++i) {
            fewer[i] = made.validators[i];
        }
        made.validators = fewer;
        refused(made, abi.encodeWithSelector(SidechainClient.WrongValidators.selector));
    }

    function test_only_the_next_set_takes_over() external {
        for (uint64 setId = 0; setId < 10; ++setId) {
            if (setId == 5 || setId == 6) continue;
            Block memory about = blockOf(100);
            (about.setId, about.nextSetId) = (setId, setId + 1);
            Import memory made = Validators.signed(about, 100, keys);
            refused(made, abi.encodeWithSelector(SidechainClient.UnknownValidatorSet.selector, setId, 5));
        }
    }

    function test_the_next_set_takes_over_and_the_old_one_is_out() external {
        SidechainClient.ValidatorSet memory third = Validators.set(7, Validators.keys(20, 5));
        Block memory about = blockOf(100);
        (about.setId, about.nextSetId, about.nextSetLength, about.nextSetRoot) = (6, 7, 5, third.root);

        refused(Validators.signed(about, 100, keys), abi.encodeWithSelector(SidechainClient.WrongValidators.selector));
        vm.expectEmit(address(client));
        emit SidechainClient.HandedOver(6, 4, next.root);
        submit(Validators.signed(about, 100, nextKeys));
        vm.assertEq(client.currentSet().root, next.root, "current");
        vm.assertEq(client.nextSet().root, third.root, "next");
        vm.assertEq(client.nextSet().id, 7, "next");
        refused(valid(101), abi.encodeWithSelector(SidechainClient.UnknownValidatorSet.selector, 5, 6));
    }

    function test_the_current_set_cannot_change_the_next_one() external {
        Block memory about = blockOf(100);
        (about.nextSetLength, about.nextSetRoot) = (1, keccak256("another"));
        submit(Validators.signed(about, 100, keys));
        vm.assertEq(client.nextSet().root, next.root, "next");
    }

    function test_a_set_without_validators_or_with_too_many_does_not_take_over() external {
        uint32[2] memory lengths = [uint32(0), 257];
        for (uint256 i = 0; i < 2; ++i) {
            Block memory about = blockOf(100);
            (about.setId, about.nextSetId, about.nextSetLength) = (6, 7, lengths[i]);
            refused(
                Validators.signed(about, 100, nextKeys), abi.encodeWithSelector(SidechainClient.InvalidValidatorSet.selector)
            );
        }
    }

    function test_a_leaf_has_to_name_the_set_after_the_one_that_signs() external {
        Block memory about = blockOf(100);
        about.nextSetId = 7;
        refused(Validators.signed(about, 100, keys), abi.encodeWithSelector(SidechainClient.WrongNextSet.selector, 7));
        // A hand-over with the leaf of a block before it.
        (about.setId, about.nextSetId) = (6, 6);
        refused(Validators.signed(about, 100, nextKeys), abi.encodeWithSelector(SidechainClient.WrongNextSet.selector, 6));
    }

    function test_an_old_block_is_refused() external {
        Import memory made = valid(100);
        submit(made);
        refused(made, abi.encodeWithSelector(SidechainClient.OldBlock.selector, 100, 100));
        refused(valid(99), abi.encodeWithSelector(SidechainClient.OldBlock.selector, 99, 100));
    }

    function test_only_the_leaf_of_the_own_block_counts(uint32 parentNumber) external {
        vm.assume(parentNumber != 99);
        Block memory about = blockOf(100);
        about.parentNumber = parentNumber;
        refused(
            Validators.signed(about, 100, keys),
            abi.encodeWithSelector(SidechainClient.NotTheNewestLeaf.selector, parentNumber, 100)
        );
    }

    function test_another_leaf_or_proof_is_refused(uint256 place, uint8 change) external {
        vm.assume(change != 0);
        Import memory made = valid(100);
        // The hash of the parent, and the root of the outbox.
        place = place % 2 == 0 ? 5 + place / 2 % 32 : 81 + place / 2 % 32;
        made.leaf[place] = bytes1(uint8(made.leaf[place]) ^ change);
        refused(made, abi.encodeWithSelector(SidechainClient.WrongMmrRoot.selector));
        made = valid(100);
        made.proof[place % made.proof.length] ^= bytes32(uint256(change));
        refused(made, abi.encodeWithSelector(SidechainClient.WrongMmrRoot.selector));
    }

    function test_a_proof_for_another_number_of_leaves_is_refused() external {
        // The root of a range of 99 leaves, signed for block 100.
        refused(Validators.signed(blockOf(100), 99, keys), abi.encodeWithSelector(NewestLeaf.WrongProofLength.selector, 4, 3));
    }

    function test_a_range_that_began_later_has_fewer_leaves() external {
        client = new SidechainClient(51, current, next);
        vm.assertEq(client.latestBlock(), 50, "block");
        refused(valid(50), abi.encodeWithSelector(SidechainClient.OldBlock.selector, 50, 50));
        submit(Validators.signed(blockOf(100), 50, keys));
    }

    function test_malformed_encodings_are_refused() external {
        Import memory made = valid(100);
        made.commitment = bytes.concat(made.commitment, hex"00");
        refused(made, abi.encodeWithSelector(CommitmentCodec.MalformedCommitment.selector));
        made = valid(100);
        made.commitment[3] = 0x84;
        refused(made, abi.encodeWithSelector(CommitmentCodec.MalformedCommitment.selector));
        made = valid(100);
        made.leaf = bytes.concat(made.leaf, hex"00");
        refused(made, abi.encodeWithSelector(MmrLeafCodec.MalformedLeaf.selector));
        made = valid(100);
        made.leaf[0] = 0x20;
        refused(made, abi.encodeWithSelector(MmrLeafCodec.MalformedLeaf.selector));
    }

    function test_eight_roots_are_recent_and_no_more() external {
        for (uint32 number = 1; number <= 20; ++number) {
            Block memory about = blockOf(number);
            about.outboxRoot = keccak256(abi.encode(number));
            submit(Validators.signed(about, number, keys));
        }
        for (uint32 number = 1; number <= 20; ++number) {
            vm.assertEq(client.isRecentOutboxRoot(keccak256(abi.encode(number))), number > 12, "recent");
        }
        vm.assertFalse(client.isRecentOutboxRoot(0), "zero");
    }

    function test_an_unchanged_root_takes_no_place() external {
        for (uint32 number = 1; number <= 20; ++number) {
            Block memory about = blockOf(number);
            about.outboxRoot = number == 1 ? keccak256("first") : keccak256("second");
            submit(Validators.signed(about, number, keys));
        }
        vm.assertTrue(client.isRecentOutboxRoot(keccak256("first")), "first");
    }

    function test_an_outbox_without_a_root_is_not_believed() external {
        Block memory about = blockOf(100);
        about.outboxRoot = 0;
        submit(Validators.signed(about, 100, keys));
        vm.assertFalse(client.isRecentOutboxRoot(0), "zero");
    }

    function test_a_client_does_not_begin_with_sets_that_contradict() external {
        vm.expectRevert(SidechainClient.InvalidValidatorSet.selector);
        new SidechainClient(0, current, next);
        vm.expectRevert(SidechainClient.InvalidValidatorSet.selector);
        new SidechainClient(1, next, next);
        SidechainClient.ValidatorSet memory empty = SidechainClient.ValidatorSet(6, 0, next.root);
        vm.expectRevert(SidechainClient.InvalidValidatorSet.selector);
        new SidechainClient(1, current, empty);
    }

    function test_256_validators_fit() external {
        uint256[] memory many = Validators.keys(1000, 256);
        client = new SidechainClient(1, Validators.set(5, many), next);
        submit(Validators.signedBy(blockOf(100), 100, many, type(uint256).max << 85));
        vm.assertEq(client.latestBlock(), 100, "block");
    }

    function blockOf(uint32 number) private view returns (Block memory) {
        return Block(number, 5, number - 1, 6, 4, next.root, keccak256("outbox"));
    }

    function valid(uint32 number) private view returns (Import memory) {
        return Validators.signed(blockOf(number), number, keys);
    }

    function submit(Import memory made) private {
        client.importCommitment(made.commitment, made.validators, made.signers, made.signatures, made.leaf, made.proof);
    }

    function refused(Import memory made, bytes memory problem) private {
        uint32 latest = client.latestBlock();
        vm.expectRevert(problem);
        submit(made);
        vm.assertEq(client.latestBlock(), latest, "unchanged");
    }

    function first(bytes memory data) private pure returns (bytes32 word) {
        assembly {
            word := mload(add(data, 32))
        }
    }
}
