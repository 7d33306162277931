// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Gateway} from "../src/Gateway.sol";
import {Order} from "../src/lib/Order.sol";
import {Outcome, Result, Withdrawal} from "../src/lib/Outbox.sol";
import {Vault} from "../src/Vault.sol";
import {Misbehaving} from "./support/Consumers.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title Users, relayers and a sidechain that do anything in any order
contract Actions is World {
    uint256 public deposited;
    uint256 public claimed;
    uint256 public forged;
    mapping(uint32 => uint256) public timesClaimed;
    mapping(bytes32 => uint256) public timesReceived;

    Withdrawal[] private withdrawals;
    Result[] private results;
    bytes32[] public calls;
    Misbehaving public consumer;

    constructor() {
        setUp();
        consumer = new Misbehaving(gateway, Misbehaving.Manner.Well);
    }

    function depositAny(uint256 amount) external {
        amount %= 120 * COIN;
        vm.prank(alice);
        try vault.deposit("to", amount) {
            deposited += amount;
        } catch {}
    }

    function approveAndCallAny(uint256 amount) external {
        amount %= 120 * COIN;
        vm.prank(bob);
        try token.approveAndCall(vault, amount, abi.encode(bytes32("to"))) {
            deposited += amount;
        } catch {}
        vm.prank(bob);
        token.approve(address(vault), type(uint256).max);
    }

    function giveAny(uint256 amount) external {
        vm.prank(alice);
        token.transfer(address(vault), amount % COIN);
    }

    /// @dev The sidechain does not send more than it has received, as long as its runtime is right.
    function withdrawAny(uint256 amount, uint256 tip, bool honest) external {
        amount %= honest ? 40 * COIN : 120 * COIN;
        withdrawals.push(withdraw(bob, uint128(amount), uint128(tip % (amount + 1))));
    }

    function finaliseAny() external {
        finalise();
    }

    function claimAny(uint256 which, uint256 wrong) external {
        if (withdrawals.length == 0) return;
        Withdrawal memory made = withdrawals[which % withdrawals.length];
        bytes32[32] memory proof = outbox.proof(made.index);
        bool changed = wrong % 4 == 0;
        if (changed && wrong % 3 == 0) made.index += 1;
        else if (changed) made.amount += 1;
        try vault.claim(made, proof) {
            claimed += made.amount;
            timesClaimed[made.index] += 1;
            if (changed) forged += 1;
        } catch {}
    }

    function requestAny(bool push) external {
        vm.prank(alice);
        Order memory order = Order(1, 1, 1, 0, 4, new string[](0), "");
        try gateway.request(order, COIN, push ? address(consumer) : address(0), push ? 60_000 : 0) returns (bytes32 callId) {
            deposited += COIN;
            calls.push(callId);
        } catch {}
    }

    function answerAny(uint256 which, bool completed) external {
        if (calls.length == 0) return;
        bytes32 callId = calls[which % calls.length];
        results.push(answer(callId, completed ? Outcome.Completed : Outcome.Failed, "payload"));
    }

    function deliverAny(uint256 which, uint256 manner) external {
        if (results.length == 0) return;
        consumer.behave(Misbehaving.Manner(manner % 5));
        Result memory result = results[which % results.length];
        bytes32[32] memory proof = outbox.proof(result.index);
        try gateway.deliver(result, proof, "payload") {} catch {}
    }

    function retryAny(uint256 which, uint256 manner) external {
        if (calls.length == 0) return;
        consumer.behave(Misbehaving.Manner(manner % 5));
        try gateway.retry(calls[which % calls.length], "payload", 60_000) {} catch {}
    }

    function pauseAny(uint256 time) external {
        if (time % 10 != 0) return;
        vm.prank(guardian);
        try vault.pause() {} catch {}
    }

    function waitAny(uint256 time) external {
        vm.warp(block.timestamp + time % 2 days);
    }

    function count() external view returns (uint32, uint256) {
        return (outbox.size(), calls.length);
    }

    function contracts() external view returns (Vault, Gateway, IERC20) {
        return (vault, gateway, IERC20(address(token)));
    }
}

/// @title What holds whatever happens
contract InvariantsTest {
    struct Selectors {
        address addr;
        bytes4[] selectors;
    }

    Actions private actions;
    Vault private vault;
    Gateway private gateway;
    IERC20 private token;

    function setUp() external {
        actions = new Actions();
        (vault, gateway, token) = actions.contracts();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actions);
    }

    function targetSelectors() external view returns (Selectors[] memory targets) {
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = Actions.depositAny.selector;
        selectors[1] = Actions.approveAndCallAny.selector;
        selectors[2] = Actions.giveAny.selector;
        selectors[3] = Actions.withdrawAny.selector;
        selectors[4] = Actions.finaliseAny.selector;
        selectors[5] = Actions.claimAny.selector;
        selectors[6] = Actions.requestAny.selector;
        selectors[7] = Actions.answerAny.selector;
        selectors[8] = Actions.deliverAny.selector;
        selectors[9] = Actions.retryAny.selector;
        selectors[10] = Actions.pauseAny.selector;
        selectors[11] = Actions.waitAny.selector;
        targets = new Selectors[](1);
        targets[0] = Selectors(address(actions), selectors);
    }

    function invariant_the_vault_locks_what_was_deposited_less_what_was_claimed() external view {
        vm.assertEq(vault.locked(), actions.deposited() - actions.claimed(), "locked");
    }

    function invariant_the_vault_holds_at_least_what_it_locks() external view {
        vm.assertGe(token.balanceOf(address(vault)), vault.locked(), "balance");
    }

    function invariant_the_gateway_holds_nothing() external view {
        vm.assertEq(token.balanceOf(address(gateway)), 0, "balance");
    }

    function invariant_each_withdrawal_is_claimed_at_most_once() external view {
        (uint32 size,) = actions.count();
        for (uint32 i = 0; i < size; ++i) {
            vm.assertLe(actions.timesClaimed(i), 1, "times");
            vm.assertEq(vault.isClaimed(i), actions.timesClaimed(i) == 1, "marked");
        }
        vm.assertEq(actions.forged(), 0, "forged");
    }

    function invariant_each_result_is_received_at_most_once() external view {
        (, uint256 calls) = actions.count();
        for (uint256 i = 0; i < calls; ++i) {
            bytes32 callId = actions.calls(i);
            (Gateway.Status status,) = gateway.resultOf(callId);
            uint256 received = actions.consumer().received(callId);
            vm.assertLe(received, status == Gateway.Status.Delivered ? 1 : 0, "received");
        }
    }

    /// @dev Says whether the actions reach what the invariants are about.
    function test_the_actions_do_something() external {
        actions.depositAny(100 * 1e9);
        actions.withdrawAny(10 * 1e9, 0, true);
        actions.requestAny(true);
        actions.answerAny(0, true);
        actions.finaliseAny();
        actions.claimAny(0, 1);
        actions.deliverAny(0, 1);
        actions.retryAny(0, 0);
        vm.assertEq(actions.claimed(), 10 * 1e9, "claimed");
        vm.assertEq(actions.consumer().received(actions.calls(0)), 1, "received");
    }
}
