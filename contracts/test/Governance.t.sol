// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ISidechainClient} from "../src/interfaces/ISidechainClient.sol";
import {Withdrawal} from "../src/lib/Outbox.sol";
import {OutboxReader} from "../src/OutboxReader.sol";
import {SelfEndingPause} from "../src/SelfEndingPause.sol";
import {SidechainClient} from "../src/SidechainClient.sol";
import {Vault} from "../src/Vault.sol";
import {Validators} from "./support/Validators.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title What the owner and the guardian can do, and what they cannot
contract GovernanceTest is World {
    function test_a_pause_ends_by_itself() external {
        vm.expectEmit(address(vault));
        emit SelfEndingPause.Paused(guardian, uint64(block.timestamp + 7 days));
        vm.prank(guardian);
        vault.pause();
        vm.warp(block.timestamp + 7 days - 1);
        vm.expectRevert();
        vm.prank(alice);
        vault.deposit("to", COIN);
        vm.warp(block.timestamp + 1);
        deposit(alice, COIN);
    }

    function test_the_guardian_cannot_pause_without_end() external {
        uint256 start = block.timestamp;
        vm.prank(guardian);
        vault.pause();
        uint256 allowed = start + 9 days;
        for (uint256 day = 0; day < 9; ++day) {
            vm.warp(start + day * 1 days);
            vm.expectRevert(abi.encodeWithSelector(SelfEndingPause.PausedRecently.selector, allowed));
            vm.prank(guardian);
            vault.pause();
        }
        vm.warp(allowed);
        vm.prank(guardian);
        vault.pause();
    }

    function test_the_owner_renews_and_ends_a_pause() external {
        vm.prank(guardian);
        vault.pause();
        vm.warp(block.timestamp + 6 days);
        vm.prank(owner);
        vault.pause();
        vm.assertEq(vault.pausedUntil(), block.timestamp + 7 days, "renewed");
        vm.prank(owner);
        vault.unpause();
        deposit(alice, COIN);
        // After that the guardian may pause again at once.
        vm.prank(guardian);
        vault.pause();
    }

    function test_the_guardian_can_do_nothing_else() external {
        vm.startPrank(guardian);
        bytes memory problem = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian);
        vm.expectRevert(problem);
        vault.unpause();
        vm.expectRevert(problem);
        vault.setGuardian(guardian);
        vm.expectRevert(problem);
        vault.setLimits(limits());
        vm.expectRevert(problem);
        vault.announceClient(client);
        vm.expectRevert(problem);
        vault.withdrawClient();
        vm.expectRevert(problem);
        vault.replaceClient();
        vm.expectRevert(problem);
        vault.transferOwnership(guardian);
        vm.stopPrank();
    }

    function test_nobody_else_can_pause(address account) external {
        vm.assume(account != guardian && account != owner);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, account));
        vm.prank(account);
        vault.pause();
    }

    function test_a_guardian_can_be_replaced_or_left_out() external {
        vm.prank(owner);
        vault.setGuardian(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        vm.prank(guardian);
        vault.pause();
        vm.prank(bob);
        vault.pause();
    }

    function test_another_client_is_in_place_after_a_week_in_public() external {
        SidechainClient other = otherClient();
        vm.startPrank(owner);
        vm.expectRevert(OutboxReader.NothingAnnounced.selector);
        vault.replaceClient();
        vault.announceClient(other);
        uint64 time = uint64(block.timestamp + 7 days);
        vm.warp(time - 1);
        vm.expectRevert(abi.encodeWithSelector(OutboxReader.TooEarly.selector, time));
        vault.replaceClient();
        vm.assertEq(address(vault.client()), address(client), "still the first");
        vm.warp(time);
        vault.replaceClient();
        vm.assertEq(address(vault.client()), address(other), "the other");
        vm.expectRevert(OutboxReader.NothingAnnounced.selector);
        vault.replaceClient();
        vm.stopPrank();
    }

    function test_claims_go_on_after_a_replacement_and_none_is_paid_twice() external {
        deposit(alice, 10 * COIN);
        Withdrawal memory first = withdraw(bob, COIN, 0);
        Withdrawal memory second = withdraw(bob, COIN, 0);
        finalise();
        claim(first);
        SidechainClient other = otherClient();
        vm.prank(owner);
        vault.announceClient(other);
        vm.warp(block.timestamp + 7 days);
        vm.prank(owner);
        vault.replaceClient();
        claimFails(second, abi.encodeWithSelector(OutboxReader.NotInOutbox.selector, outbox.root()));
        client = other;
        finalise();
        claimFails(first, abi.encodeWithSelector(Vault.AlreadyClaimed.selector, 0));
        claim(second);
    }

    function test_an_announcement_can_be_withdrawn_or_replaced_and_waits_again() external {
        SidechainClient other = otherClient();
        vm.startPrank(owner);
        vault.announceClient(client);
        vm.warp(block.timestamp + 6 days);
        vault.announceClient(other);
        vm.warp(block.timestamp + 1 days);
        vm.expectRevert();
        vault.replaceClient();
        vault.withdrawClient();
        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(OutboxReader.NothingAnnounced.selector);
        vault.replaceClient();
        vm.expectRevert(abi.encodeWithSelector(OutboxReader.NotAContract.selector, bob));
        vault.announceClient(ISidechainClient(bob));
        vm.stopPrank();
    }

    function test_a_timelock_owns_the_vault() external {
        address[] memory council = new address[](1);
        council[0] = bob;
        TimelockController timelock = new TimelockController(2 days, council, council, address(0));
        vault = new Vault(IERC20(address(token)), client, address(timelock), guardian, limits());
        Vault.Limits memory other = Vault.Limits(1, 10, 5, 5);
        bytes memory data = abi.encodeCall(Vault.setLimits, (other));
        vm.startPrank(bob);
        timelock.schedule(address(vault), 0, data, 0, 0, 2 days);
        vm.warp(block.timestamp + 2 days - 1);
        vm.expectRevert();
        timelock.execute(address(vault), 0, data, 0, 0);
        vm.warp(block.timestamp + 1);
        timelock.execute(address(vault), 0, data, 0, 0);
        vm.stopPrank();
        vm.assertEq(vault.limits().claim, 5, "limit");
    }

    function test_lower_limits_hold_at_once_and_forget_nothing_that_was_paid() external {
        for (uint256 i = 0; i < 3; ++i) {
            deposit(alice, 100 * COIN);
        }
        Withdrawal memory made = withdraw(bob, 100 * COIN, 0);
        finalise();
        claim(made);
        vm.prank(owner);
        vault.setLimits(Vault.Limits(COIN, 5_000 * COIN, 60 * COIN, 120 * COIN));
        vm.assertEq(vault.available(), 20 * COIN, "available");
        vm.warp(block.timestamp + 1 days);
        vm.assertEq(vault.available(), 120 * COIN, "full");
    }

    function test_what_the_bucket_has_got_back_before_other_limits_stays() external {
        for (uint256 i = 0; i < 3; ++i) {
            deposit(alice, 100 * COIN);
        }
        Withdrawal memory first = withdraw(bob, 100 * COIN, 0);
        Withdrawal memory second = withdraw(bob, 100 * COIN, 0);
        finalise();
        claim(first);
        claim(second);
        // Two fifths of a day bring back 100 of the 200, at the rate of the old limits.
        vm.warp(block.timestamp + 1 days * 2 / 5);
        vm.prank(owner);
        vault.setLimits(Vault.Limits(COIN, 5_000 * COIN, 60 * COIN, 120 * COIN));
        vm.assertEq(vault.available(), 20 * COIN, "available");
    }

    function otherClient() private returns (SidechainClient) {
        return new SidechainClient(1, Validators.set(0, secrets), Validators.set(1, secrets));
    }
}
