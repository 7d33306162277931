// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vault} from "../src/Vault.sol";
import {OutboxReader} from "../src/OutboxReader.sol";
import {SelfEndingPause} from "../src/SelfEndingPause.sol";
import {ISidechainClient} from "../src/interfaces/ISidechainClient.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FeeToken, Rlc} from "./support/Rlc.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title Deposits
contract VaultDepositTest is World {
    bytes32 private constant TO = keccak256("account on the sidechain");

    function test_a_deposit_locks_the_tokens_and_joins_the_chain() external {
        bytes32 start = keccak256(abi.encodePacked(bytes32("talka/deposits/1"), block.chainid, address(vault)));
        vm.assertEq(vault.accumulator(), start, "start");
        bytes32 link = keccak256(abi.encodePacked(start, uint64(0), alice, TO, uint128(COIN), keccak256("")));
        vm.expectEmit(address(vault));
        emit Vault.Deposited(0, alice, TO, COIN, "", link);
        vm.prank(alice);
        vm.assertEq(vault.deposit(TO, COIN), 0, "nonce");
        vm.assertEq(token.balanceOf(address(vault)), COIN, "balance");
        vm.assertEq(vault.locked(), COIN, "locked");
        vm.assertEq(vault.accumulator(), link, "link");
    }

    function test_nonces_have_no_gap_and_links_follow_each_other(uint8 count) external {
        bytes32 link = vault.accumulator();
        for (uint64 nonce = 0; nonce < count % 20; ++nonce) {
            bytes memory message = abi.encode(nonce);
            vm.prank(alice);
            vm.assertEq(vault.depositWithMessage(TO, COIN + nonce, message), nonce, "nonce");
            uint128 amount = COIN + nonce;
            link = keccak256(abi.encodePacked(link, nonce, alice, TO, amount, keccak256(message)));
            vm.assertEq(vault.accumulator(), link, "link");
        }
        vm.expectEmit(address(vault));
        emit Vault.Accumulated(count % 20, link);
        vault.poke();
    }

    function test_two_vaults_have_two_chains() external {
        Vault other = new Vault(IERC20(address(token)), client, owner, guardian, limits());
        vm.assertTrue(other.accumulator() != vault.accumulator(), "accumulators");
    }

    function test_approve_and_call_deposits_in_one_transaction() external {
        vm.startPrank(bob);
        token.approve(address(vault), 0);
        token.approveAndCall(vault, COIN, abi.encode(TO));
        vm.stopPrank();
        vm.assertEq(vault.locked(), COIN, "locked");
        vm.assertEq(vault.deposits(), 1, "deposits");
        vm.assertEq(token.allowance(bob, address(vault)), 0, "allowance");
    }

    function test_only_the_token_tells_of_approvals() external {
        vm.expectRevert(Vault.NotTheToken.selector);
        vault.receiveApproval(alice, COIN, address(token), abi.encode(TO));
        vm.expectRevert(Vault.NotTheToken.selector);
        vm.prank(address(token));
        vault.receiveApproval(alice, COIN, address(this), abi.encode(TO));
        Rlc other = new Rlc();
        vm.expectRevert(Vault.NotTheToken.selector);
        vm.prank(alice);
        other.approveAndCall(vault, COIN, abi.encode(TO));
    }

    function test_approve_and_call_takes_an_account_and_nothing_else(bytes calldata data) external {
        vm.assume(data.length != 32);
        vm.expectRevert(Vault.InvalidData.selector);
        vm.prank(bob);
        token.approveAndCall(vault, COIN, data);
    }

    function test_what_the_vault_receives_counts() external {
        FeeToken fee = new FeeToken();
        vault = new Vault(IERC20(address(fee)), client, owner, guardian, limits());
        fee.mint(alice, COIN);
        vm.startPrank(alice);
        fee.approve(address(vault), COIN);
        vault.deposit(TO, COIN);
        vm.stopPrank();
        vm.assertEq(vault.locked(), COIN - COIN / 100, "locked");
        vm.assertEq(fee.balanceOf(address(vault)), vault.locked(), "covered");
    }

    function test_gifts_are_nobodys_deposit() external {
        vm.prank(alice);
        token.transfer(address(vault), 5 * COIN);
        deposit(bob, COIN);
        vm.assertEq(vault.locked(), COIN, "locked");
    }

    function test_deposits_out_of_limits_are_refused() external {
        refused(TO, 0, abi.encodeWithSelector(Vault.BelowMinimum.selector, COIN / 100, 0));
        refused(TO, COIN / 100 - 1, abi.encodeWithSelector(Vault.BelowMinimum.selector, COIN / 100, COIN / 100 - 1));
        refused(TO, 100 * COIN + 1, abi.encodeWithSelector(Vault.AboveClaimLimit.selector, 100 * COIN, 100 * COIN + 1));
        refused(0, COIN, abi.encodeWithSelector(Vault.NoReceiver.selector));
        for (uint256 i = 0; i < 50; ++i) {
            deposit(alice, 100 * COIN);
        }
        refused(TO, COIN, abi.encodeWithSelector(Vault.AboveCap.selector, 5_000 * COIN, 5_000 * COIN));
    }

    function test_nothing_is_deposited_even_where_the_minimum_is_nothing() external {
        vm.prank(owner);
        vault.setLimits(Vault.Limits(0, 10, 10, 10));
        refused(TO, 0, abi.encodeWithSelector(Vault.BelowMinimum.selector, 0, 0));
    }

    function test_a_message_has_a_greatest_length() external {
        vm.startPrank(alice);
        vault.depositWithMessage(TO, COIN, new bytes(8192));
        vm.expectRevert(abi.encodeWithSelector(Vault.MessageTooLong.selector, 8192, 8193));
        vault.depositWithMessage(TO, COIN, new bytes(8193));
        vm.stopPrank();
    }

    function test_a_deposit_without_tokens_changes_nothing() external {
        bytes32 before = vault.accumulator();
        vm.expectRevert();
        vm.prank(relayer);
        vault.deposit(TO, COIN);
        vm.assertEq(vault.accumulator(), before, "accumulator");
        vm.assertEq(vault.deposits(), 0, "deposits");
    }

    function test_limits_that_contradict_are_refused() external {
        vm.startPrank(owner);
        vm.expectRevert(Vault.LimitsContradict.selector);
        vault.setLimits(Vault.Limits(1, 10, 11, 10));
        vm.expectRevert(Vault.LimitsContradict.selector);
        vault.setLimits(Vault.Limits(11, 10, 11, 11));
        vm.expectRevert(Vault.LimitsContradict.selector);
        vault.setLimits(Vault.Limits(2, 10, 1, 11));
        vm.stopPrank();
    }

    function test_a_token_without_code_is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(OutboxReader.NotAContract.selector, alice));
        new Vault(IERC20(alice), client, owner, guardian, limits());
        vm.expectRevert(abi.encodeWithSelector(OutboxReader.NotAContract.selector, alice));
        new Vault(IERC20(address(token)), ISidechainClient(alice), owner, guardian, limits());
    }

    function test_nothing_is_deposited_while_paused() external {
        vm.prank(guardian);
        vault.pause();
        bytes memory problem = abi.encodeWithSelector(SelfEndingPause.IsPaused.selector, block.timestamp + 7 days);
        refused(TO, COIN, problem);
        vm.expectRevert(problem);
        vm.prank(alice);
        token.approveAndCall(vault, COIN, abi.encode(TO));
    }

    function refused(bytes32 to, uint256 amount, bytes memory problem) private {
        vm.expectRevert(problem);
        vm.prank(alice);
        vault.deposit(to, amount);
    }
}
