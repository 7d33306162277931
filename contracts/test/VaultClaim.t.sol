// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {Withdrawal} from "../src/lib/Outbox.sol";
import {OutboxReader} from "../src/OutboxReader.sol";
import {SelfEndingPause} from "../src/SelfEndingPause.sol";
import {Vault} from "../src/Vault.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title Claims
contract VaultClaimTest is World {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 10; ++i) {
            deposit(alice, 100 * COIN);
        }
    }

    function test_a_withdrawal_is_paid_once() external {
        uint256 before = token.balanceOf(bob);
        Withdrawal memory withdrawal = withdraw(bob, 10 * COIN, COIN);
        finalise();
        vm.expectEmit(address(vault));
        emit Vault.Claimed(0, bob, 10 * COIN, COIN, relayer);
        claimNow(withdrawal, outbox.proof(0));
        vm.assertEq(token.balanceOf(bob), before + 9 * COIN, "receiver");
        vm.assertEq(token.balanceOf(relayer), COIN, "relayer");
        vm.assertEq(vault.locked(), 990 * COIN, "locked");
        vm.assertTrue(vault.isClaimed(0), "claimed");
        claimFails(withdrawal, abi.encodeWithSelector(Vault.AlreadyClaimed.selector, 0));
        finalise();
        claimFails(withdrawal, abi.encodeWithSelector(Vault.AlreadyClaimed.selector, 0));
    }

    function test_every_withdrawal_stays_provable_under_newer_roots() external {
        Withdrawal memory first = withdraw(bob, COIN, 0);
        for (uint256 i = 0; i < 40; ++i) {
            withdraw(alice, COIN, 0);
            finalise();
        }
        claim(first);
    }

    function test_a_proof_outlives_a_few_newer_roots_and_then_has_to_be_made_again() external {
        Withdrawal memory first = withdraw(bob, COIN, 0);
        Withdrawal memory second = withdraw(bob, COIN, 0);
        finalise();
        (bytes32[32] memory firstProof, bytes32[32] memory secondProof) = (outbox.proof(0), outbox.proof(1));
        bytes32 root = outbox.root();
        for (uint256 i = 0; i < 7; ++i) {
            withdraw(alice, COIN, 0);
            finalise();
        }
        claimNow(first, firstProof);
        withdraw(alice, COIN, 0);
        finalise();
        vm.expectRevert(abi.encodeWithSelector(OutboxReader.NotInOutbox.selector, root));
        claimNow(second, secondProof);
        claim(second);
    }

    function test_nothing_is_paid_before_it_is_final() external {
        Withdrawal memory withdrawal = withdraw(bob, COIN, 0);
        claimFails(withdrawal, abi.encodeWithSelector(OutboxReader.NotInOutbox.selector, outbox.root()));
    }

    function test_no_part_of_a_withdrawal_can_be_changed(address to, uint96 amount, uint96 tip, uint32 index) external {
        Withdrawal memory made = withdraw(bob, COIN, COIN / 10);
        withdraw(alice, COIN, COIN / 10);
        finalise();
        Withdrawal memory changed = Withdrawal(index % 4, to, amount % (100 * COIN) + 1, tip % (amount % (100 * COIN) + 1));
        vm.assume(keccak256(abi.encode(changed)) != keccak256(abi.encode(made)));
        bytes32 leaf = leafOf(block.chainid, address(vault), changed);
        vm.assume(leaf != outbox.leaves(1));
        claimFails(changed, notInOutbox(leaf, changed.index));
    }

    function test_an_index_cannot_be_shifted() external {
        Withdrawal memory made = withdraw(bob, COIN, 0);
        withdraw(alice, COIN, 0);
        finalise();
        bytes32[32] memory proof = outbox.proof(0);
        claimNow(made, proof);
        for (uint256 bit = 0; bit < 32; ++bit) {
            made.index = uint32(1 << bit);
            vm.expectRevert();
            claimNow(made, proof);
        }
        vm.assertEq(vault.locked(), 999 * COIN, "locked");
    }

    function test_a_leaf_at_another_place_than_it_says_is_refused() external {
        Withdrawal memory made = Withdrawal(7, bob, COIN, 0);
        outbox.push(leafOf(block.chainid, address(vault), made));
        finalise();
        bytes32[32] memory proof = outbox.proof(0);
        vm.expectRevert();
        claimNow(made, proof);
        made.index = 0;
        vm.expectRevert();
        claimNow(made, proof);
    }

    function test_an_inner_node_is_no_leaf() external {
        withdraw(bob, COIN, 0);
        withdraw(bob, COIN, 0);
        finalise();
        // The parent of both, as if it were a leaf: no withdrawal hashes to it.
        bytes32[32] memory proof = outbox.proof(0);
        Withdrawal memory made = Withdrawal(0, bob, COIN, 0);
        for (uint256 level = 0; level < 31; ++level) {
            proof[level] = proof[level + 1];
        }
        vm.expectRevert();
        claimNow(made, proof);
    }

    function test_withdrawals_of_another_vault_or_chain_are_refused() external {
        Vault other = new Vault(IERC20(address(token)), client, owner, guardian, limits());
        Withdrawal memory foreign = Withdrawal(0, bob, COIN, 0);
        outbox.push(leafOf(block.chainid, address(other), foreign));
        Withdrawal memory elsewhere = Withdrawal(1, bob, COIN, 0);
        outbox.push(leafOf(block.chainid + 1, address(vault), elsewhere));
        finalise();
        claimFails(foreign, notInOutbox(leafOf(block.chainid, address(vault), foreign), 0));
        claimFails(elsewhere, notInOutbox(leafOf(block.chainid, address(vault), elsewhere), 1));
        // The same contracts on another chain do not pay what is meant for this one.
        Withdrawal memory here = withdraw(bob, COIN, 0);
        finalise();
        vm.chainId(block.chainid + 1);
        claimFails(here, notInOutbox(leafOf(block.chainid, address(vault), here), 2));
    }

    function test_a_result_is_no_withdrawal() external {
        outbox.push(keccak256(abi.encodePacked(bytes32("talka/result/1"), block.chainid, address(vault), uint32(0))));
        finalise();
        Withdrawal memory made = Withdrawal(0, bob, COIN, 0);
        claimFails(made, notInOutbox(leafOf(block.chainid, address(vault), made), 0));
    }

    function test_amounts_that_make_no_sense_are_refused() external {
        Withdrawal memory nothing = withdraw(bob, 0, 0);
        Withdrawal memory large = withdraw(bob, 100 * COIN + 1, 0);
        Withdrawal memory huge = withdraw(bob, type(uint128).max, 0);
        Withdrawal memory generous = withdraw(bob, COIN, COIN + 1);
        finalise();
        claimFails(nothing, abi.encodeWithSelector(Vault.ZeroAmount.selector));
        claimFails(large, abi.encodeWithSelector(Vault.AboveClaimLimit.selector, 100 * COIN, 100 * COIN + 1));
        claimFails(huge, abi.encodeWithSelector(Vault.AboveClaimLimit.selector, 100 * COIN, type(uint128).max));
        claimFails(generous, abi.encodeWithSelector(Vault.TipAboveAmount.selector));
        vm.prank(owner);
        vault.setLimits(Vault.Limits(COIN, 5_000 * COIN, 200 * COIN, 250 * COIN));
        claim(large);
    }

    function test_a_tip_can_be_all_or_nothing() external {
        Withdrawal memory all = withdraw(bob, COIN, COIN);
        Withdrawal memory none = withdraw(bob, COIN, 0);
        finalise();
        claim(all);
        claim(none);
        vm.assertEq(token.balanceOf(relayer), COIN, "relayer");
        vm.assertEq(token.balanceOf(bob), 10_001 * COIN, "receiver");
    }

    function test_an_empty_bucket_only_delays() external {
        Withdrawal[3] memory made;
        for (uint256 i = 0; i < 3; ++i) {
            made[i] = withdraw(bob, 100 * COIN, 0);
        }
        finalise();
        claim(made[0]);
        claim(made[1]);
        vm.assertEq(vault.available(), 50 * COIN, "available");
        claimFails(made[2], abi.encodeWithSelector(RateLimiter.RateLimitExceeded.selector));
        vm.assertFalse(vault.isClaimed(2), "claimed");
        vm.assertEq(vault.locked(), 800 * COIN, "locked");
        // A fifth of the bucket comes back in a fifth of a day.
        vm.warp(block.timestamp + 1 days / 5 - 1);
        claimFails(made[2], abi.encodeWithSelector(RateLimiter.RateLimitExceeded.selector));
        vm.warp(block.timestamp + 1);
        claim(made[2]);
        vm.assertEq(vault.available(), 0, "available");
    }

    /// forge-config: default.fuzz.runs = 32
    function test_no_day_pays_more_than_two_buckets(uint256 seed) external {
        uint256 paid;
        uint256 end = block.timestamp + 1 days;
        for (uint256 i = 0; block.timestamp < end; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            Withdrawal memory made = withdraw(bob, uint128(seed % (100 * COIN) + 1), 0);
            finalise();
            bytes32[32] memory proof = outbox.proof(made.index);
            try vault.claim(made, proof) {
                paid += made.amount;
            } catch {}
            vm.warp(block.timestamp + seed % 2 hours + 1);
        }
        vm.assertLe(paid, 2 * 250 * COIN, "paid");
    }

    function test_more_than_was_deposited_is_never_paid() external {
        Vault other = new Vault(IERC20(address(token)), client, owner, guardian, limits());
        vm.prank(alice);
        token.approve(address(other), type(uint256).max);
        vm.prank(alice);
        other.deposit(keccak256("to"), COIN);
        // A gift is no deposit, and does not cover a withdrawal.
        vm.prank(alice);
        token.transfer(address(other), 50 * COIN);
        vault = other;
        Withdrawal memory made = withdraw(bob, 2 * COIN, 0);
        finalise();
        claimFails(made, abi.encodeWithSelector(Vault.NotCovered.selector, COIN, 2 * COIN));
    }

    function test_nothing_is_paid_while_paused() external {
        Withdrawal memory made = withdraw(bob, COIN, 0);
        finalise();
        vm.prank(guardian);
        vault.pause();
        claimFails(made, abi.encodeWithSelector(SelfEndingPause.IsPaused.selector, block.timestamp + 7 days));
        vm.warp(block.timestamp + 7 days);
        claim(made);
    }

    function test_the_last_index_of_the_outbox_can_be_claimed() external {
        Withdrawal memory made = Withdrawal(type(uint32).max, bob, COIN, 0);
        bytes32[32] memory proof;
        bytes32 root = leafOf(block.chainid, address(vault), made);
        for (uint256 level = 0; level < 32; ++level) {
            proof[level] = keccak256(abi.encode(level));
            root = keccak256(bytes.concat(proof[level], root));
        }
        importBlock(nextBlock(root));
        claimNow(made, proof);
        vm.expectRevert(abi.encodeWithSelector(Vault.AlreadyClaimed.selector, type(uint32).max));
        claimNow(made, proof);
    }

    function claimNow(Withdrawal memory withdrawal, bytes32[32] memory proof) private {
        vm.prank(relayer);
        vault.claim(withdrawal, proof);
    }
}
