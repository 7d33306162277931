// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gateway} from "../src/Gateway.sol";
import {BoundedCall} from "../src/lib/BoundedCall.sol";
import {Order, OrderCodec} from "../src/lib/Order.sol";
import {Outcome, Result, Withdrawal} from "../src/lib/Outbox.sol";
import {OutboxReader} from "../src/OutboxReader.sol";
import {SelfEndingPause} from "../src/SelfEndingPause.sol";
import {Vault} from "../src/Vault.sol";
import {Hungry, Misbehaving, Recorder, Reentrant, Repeating} from "./support/Consumers.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title Requests, results, callbacks
contract GatewayTest is World {
    uint32 private constant GAS = 100_000;
    bytes private constant PAYLOAD = "what the app has written";

    // Requests

    function test_a_request_is_a_deposit_with_a_message() external {
        Order memory order = orderOf();
        bytes32 callId = keccak256(abi.encodePacked(bytes32("talka/call/1"), block.chainid, address(gateway), uint64(0)));
        bytes memory message = abi.encodePacked(
            hex"01", alice, hex"07000000", hex"0103000000", hex"00", hex"02", hex"64000000", hex"04", hex"082d61", hex"0430"
        );
        bytes32 link = keccak256(
            abi.encodePacked(
                vault.accumulator(), uint64(0), address(gateway), sidechainAccount, uint128(COIN), keccak256(message)
            )
        );
        vm.expectEmit(address(vault));
        emit Vault.Deposited(0, address(gateway), sidechainAccount, COIN, message, link);
        vm.expectEmit(address(gateway));
        emit Gateway.Requested(callId, 0, alice, bob, GAS);
        vm.prank(alice);
        vm.assertEq(gateway.request(order, COIN, bob, GAS), callId, "identifier");
        vm.assertEq(vault.locked(), COIN, "locked");
        vm.assertEq(token.balanceOf(address(gateway)), 0, "the gateway holds nothing");
        check(callId, Gateway.Status.Pending, "");
    }

    function test_requests_and_deposits_share_one_chain() external {
        deposit(alice, COIN);
        bytes32 callId = request(address(0), 0);
        vm.assertEq(callId, gateway.callIdOf(1), "identifier");
        deposit(alice, COIN);
        vm.assertEq(vault.deposits(), 3, "deposits");
    }

    function test_a_callback_has_a_receiver_and_gas_or_neither() external {
        requestFails(bob, 0, Gateway.InvalidCallback.selector);
        requestFails(address(0), GAS, Gateway.InvalidCallback.selector);
        requestFails(bob, 2_000_001, Gateway.InvalidCallback.selector);
        request(bob, 2_000_000);
    }

    function test_orders_that_the_sidechain_cannot_take_are_refused() external {
        Order memory order = orderOf();
        order.arguments = new string[](17);
        vm.expectRevert(abi.encodeWithSelector(OrderCodec.TooManyArguments.selector, 17));
        gateway.request(order, COIN, address(0), 0);
        order.arguments = new string[](1);
        order.arguments[0] = string(new bytes(257));
        vm.expectRevert(abi.encodeWithSelector(OrderCodec.ArgumentTooLong.selector, 257));
        gateway.request(order, COIN, address(0), 0);
        order = orderOf();
        order.parameter = string(new bytes(65));
        vm.expectRevert(abi.encodeWithSelector(OrderCodec.ArgumentTooLong.selector, 65));
        gateway.request(order, COIN, address(0), 0);
    }

    function test_a_request_without_money_leaves_nothing() external {
        vm.expectRevert();
        vm.prank(relayer);
        gateway.request(orderOf(), COIN, address(0), 0);
        vm.expectRevert(abi.encodeWithSelector(Vault.BelowMinimum.selector, COIN / 100, 0));
        vm.prank(alice);
        gateway.request(orderOf(), 0, address(0), 0);
        vm.assertEq(vault.deposits(), 0, "deposits");
        check(gateway.callIdOf(0), Gateway.Status.Unknown, "");
    }

    // Results

    function test_a_result_is_pushed_to_its_callback() external {
        Recorder consumer = new Recorder(gateway);
        bytes32 callId = request(address(consumer), GAS);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        bytes32[32] memory proof = outbox.proof(0);
        vm.expectEmit(address(gateway));
        emit Gateway.ResultArrived(callId, Outcome.Completed, 4, 900, keccak256("manifest"), keccak256(PAYLOAD));
        vm.expectEmit(address(gateway));
        emit Gateway.CallbackSucceeded(callId);
        vm.prank(relayer);
        gateway.deliver(result, proof, PAYLOAD);
        vm.assertEq(consumer.received(callId), 1, "received");
        vm.assertEq(consumer.last(), PAYLOAD, "payload");
        check(callId, Gateway.Status.Delivered, "");
        deliverFails(result, PAYLOAD, status(Gateway.Status.Delivered));
    }

    function test_a_result_can_be_asked_for() external {
        bytes32 callId = request(address(0), 0);
        vm.expectRevert(abi.encodeWithSelector(Gateway.NoResult.selector, callId));
        gateway.resultFor(callId);
        deliver(answered(callId, Outcome.Completed, PAYLOAD), PAYLOAD);
        check(callId, Gateway.Status.Delivered, PAYLOAD);
        vm.assertEq(gateway.resultFor(callId), PAYLOAD, "ERC-1154");
    }

    function test_an_empty_result_is_a_result() external {
        bytes32 callId = request(address(0), 0);
        deliver(answered(callId, Outcome.Completed, ""), "");
        vm.assertEq(gateway.resultFor(callId), "", "payload");
    }

    function test_the_money_comes_back_where_a_task_fails() external {
        Recorder consumer = new Recorder(gateway);
        uint256 before = token.balanceOf(alice);
        bytes32 callId = request(address(consumer), GAS);
        vm.assertEq(token.balanceOf(alice), before - COIN, "paid");
        // The sidechain sends both: the outcome, and all the money.
        Withdrawal memory refund = withdraw(alice, COIN, 0);
        Result memory result = answered(callId, Outcome.Failed, "");
        deliver(result, "");
        claim(refund);
        vm.assertEq(token.balanceOf(alice), before, "refunded");
        vm.assertEq(vault.locked(), 0, "locked");
        vm.assertEq(consumer.received(callId), 0, "no callback");
        check(callId, Gateway.Status.Failed, "");
        deliverFails(result, "", status(Gateway.Status.Failed));
        vm.expectRevert(abi.encodeWithSelector(Gateway.NoResult.selector, callId));
        gateway.resultFor(callId);
    }

    function test_results_that_were_not_asked_for_are_refused() external {
        deliverFails(answered(keccak256("nothing"), Outcome.Completed, PAYLOAD), PAYLOAD, status(Gateway.Status.Unknown));
        // A deposit that is no request has an identifier too, and no call.
        deposit(alice, COIN);
        deliverFails(answered(gateway.callIdOf(0), Outcome.Completed, PAYLOAD), PAYLOAD, status(Gateway.Status.Unknown));
    }

    function test_another_payload_is_refused() external {
        bytes32 callId = request(address(0), 0);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        deliverFails(result, "another", abi.encodeWithSelector(Gateway.WrongPayload.selector));
        result.payloadHash = keccak256("another");
        deliverFails(result, "another", notInOutbox(leafOf(block.chainid, address(gateway), result), 0));
    }

    function test_no_part_of_a_result_can_be_changed(uint8 part, uint256 noise) external {
        bytes32 callId = request(address(0), 0);
        request(address(0), 0);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        bytes32 before = keccak256(abi.encode(result));
        if (part % 6 == 0) result.index = uint32(noise % 4);
        if (part % 6 == 1) result.callId = gateway.callIdOf(1);
        if (part % 6 == 2) result.outcome = Outcome.Failed;
        if (part % 6 == 3) result.assurance = uint8(noise);
        if (part % 6 == 4) result.errorBound = uint32(noise);
        if (part % 6 == 5) result.digest = bytes32(noise);
        vm.assume(keccak256(abi.encode(result)) != before);
        deliverFails(result, PAYLOAD, notInOutbox(leafOf(block.chainid, address(gateway), result), result.index));
    }

    function test_results_of_another_gateway_or_chain_are_refused() external {
        bytes32 callId = request(address(0), 0);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        result.index = 1;
        outbox.push(leafOf(block.chainid, address(vault), result));
        finalise();
        deliverFails(result, PAYLOAD, notInOutbox(leafOf(block.chainid, address(gateway), result), 1));
        result.index = 2;
        outbox.push(leafOf(block.chainid + 1, address(gateway), result));
        finalise();
        deliverFails(result, PAYLOAD, notInOutbox(leafOf(block.chainid, address(gateway), result), 2));
    }

    function test_a_payload_has_a_greatest_length() external {
        bytes memory long = new bytes(4097);
        bytes32 callId = request(address(0), 0);
        Result memory result = answered(callId, Outcome.Completed, long);
        deliverFails(result, long, abi.encodeWithSelector(Gateway.PayloadTooLong.selector, 4097));
        callId = request(address(0), 0);
        long = new bytes(4096);
        deliver(answered(callId, Outcome.Completed, long), long);
        vm.assertEq(gateway.resultFor(callId), long, "payload");
    }

    function test_nothing_happens_while_paused() external {
        bytes32 callId = request(address(0), 0);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        vm.prank(guardian);
        gateway.pause();
        bytes memory problem = abi.encodeWithSelector(SelfEndingPause.IsPaused.selector, block.timestamp + 7 days);
        deliverFails(result, PAYLOAD, problem);
        vm.expectRevert(problem);
        gateway.retry(callId, PAYLOAD, GAS);
        vm.expectRevert(problem);
        vm.prank(alice);
        gateway.request(orderOf(), COIN, address(0), 0);
        vm.warp(block.timestamp + 7 days);
        deliver(result, PAYLOAD);
    }

    // Callbacks that fail

    function test_a_callback_that_reverts_blocks_nothing_and_can_be_tried_again() external {
        failsThenWorks(Misbehaving.Manner.Revert);
    }

    function test_a_callback_that_burns_all_gas_blocks_nothing_and_can_be_tried_again() external {
        failsThenWorks(Misbehaving.Manner.BurnAllGas);
    }

    function test_a_callback_that_reverts_with_a_bomb_blocks_nothing_and_can_be_tried_again() external {
        failsThenWorks(Misbehaving.Manner.RevertWithBomb);
    }

    function test_a_callback_that_returns_a_bomb_has_succeeded() external {
        Misbehaving consumer = new Misbehaving(gateway, Misbehaving.Manner.ReturnBomb);
        bytes32 callId = request(address(consumer), 500_000);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        bytes32[32] memory proof = outbox.proof(result.index);
        gateway.deliver(result, proof, PAYLOAD);
        vm.assertEq(consumer.received(callId), 1, "received");
        check(callId, Gateway.Status.Delivered, "");
    }

    function test_a_callback_without_code_fails() external {
        bytes32 callId = request(bob, GAS);
        deliver(answered(callId, Outcome.Completed, PAYLOAD), PAYLOAD);
        check(callId, Gateway.Status.CallbackFailed, "");
    }

    function test_a_callback_can_be_tried_again_with_more_gas() external {
        Hungry consumer = new Hungry(gateway, 20);
        bytes32 callId = request(address(consumer), GAS);
        deliver(answered(callId, Outcome.Completed, PAYLOAD), PAYLOAD);
        check(callId, Gateway.Status.CallbackFailed, "");
        vm.expectRevert(abi.encodeWithSelector(Gateway.GasBelowPromise.selector, GAS));
        gateway.retry(callId, PAYLOAD, GAS - 1);
        gateway.retry(callId, PAYLOAD, 600_000);
        vm.assertEq(consumer.received(callId), 1, "received");
        check(callId, Gateway.Status.Delivered, "");
    }

    function test_who_delivers_cannot_make_a_callback_fail_by_sending_little_gas(uint256 gas) external {
        // Large enough that the 64th part of its gas, which stays here, would do for writing that it has failed.
        Hungry consumer = new Hungry(gateway, 80);
        bytes32 callId = request(address(consumer), 2_000_000);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        bytes32[32] memory proof = outbox.proof(result.index);
        gas = 1_500_000 + gas % 1_000_000;
        try gateway.deliver{gas: gas}(result, proof, PAYLOAD) {
            check(callId, Gateway.Status.Delivered, "");
            vm.assertEq(consumer.received(callId), 1, "received");
        } catch {
            check(callId, Gateway.Status.Pending, "");
        }
    }

    function test_only_the_payload_that_was_delivered_is_tried_again() external {
        bytes32 callId = request(bob, GAS);
        deliver(answered(callId, Outcome.Completed, PAYLOAD), PAYLOAD);
        vm.expectRevert(Gateway.WrongPayload.selector);
        gateway.retry(callId, "another", GAS);
    }

    function test_nothing_is_tried_again_that_has_not_failed() external {
        Recorder consumer = new Recorder(gateway);
        bytes32 callId = request(address(consumer), GAS);
        vm.expectRevert(status(Gateway.Status.Pending));
        gateway.retry(callId, PAYLOAD, GAS);
        deliver(answered(callId, Outcome.Completed, PAYLOAD), PAYLOAD);
        vm.expectRevert(status(Gateway.Status.Delivered));
        gateway.retry(callId, PAYLOAD, GAS);
        vm.expectRevert(status(Gateway.Status.Unknown));
        gateway.retry(keccak256("nothing"), "", GAS);
    }

    // Callbacks that come back

    function test_a_callback_cannot_have_itself_made_again() external {
        Reentrant consumer = new Reentrant(gateway);
        bytes32 callId = request(address(consumer), 500_000);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        bytes32[32] memory proof = outbox.proof(0);
        consumer.prepare(result, proof, PAYLOAD, true);
        deliver(result, PAYLOAD);
        vm.assertEq(consumer.received(callId), 1, "received");
        vm.assertFalse(consumer.entered(), "entered by deliver");

        callId = request(address(consumer), 500_000);
        result = answered(callId, Outcome.Completed, PAYLOAD);
        consumer.prepare(result, proof, PAYLOAD, false);
        deliver(result, PAYLOAD);
        vm.assertEq(consumer.received(callId), 1, "received");
        vm.assertFalse(consumer.entered(), "entered by retry");
    }

    function test_a_callback_cannot_deliver_another_result() external {
        Reentrant consumer = new Reentrant(gateway);
        bytes32 callId = request(address(consumer), 800_000);
        bytes32 other = request(address(0), 0);
        Result memory otherResult = answer(other, Outcome.Completed, PAYLOAD);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        consumer.prepare(otherResult, outbox.proof(0), PAYLOAD, true);
        deliver(result, PAYLOAD);
        check(other, Gateway.Status.Pending, "");
        deliver(otherResult, PAYLOAD);
        check(other, Gateway.Status.Delivered, PAYLOAD);
    }

    function test_a_callback_can_request_the_next_task() external {
        Repeating consumer = new Repeating(gateway, token);
        token.mint(address(consumer), COIN);
        bytes32 callId = request(address(consumer), 400_000);
        deliver(answered(callId, Outcome.Completed, PAYLOAD), PAYLOAD);
        check(callId, Gateway.Status.Delivered, "");
        check(consumer.next(), Gateway.Status.Pending, "");
        vm.assertEq(vault.deposits(), 2, "deposits");
    }

    function failsThenWorks(Misbehaving.Manner manner) private {
        Misbehaving consumer = new Misbehaving(gateway, manner);
        bytes32 callId = request(address(consumer), GAS);
        Result memory result = answered(callId, Outcome.Completed, PAYLOAD);
        bytes32[32] memory proof = outbox.proof(result.index);
        vm.expectEmit(address(gateway));
        emit Gateway.ResultArrived(callId, Outcome.Completed, 4, 900, keccak256("manifest"), keccak256(PAYLOAD));
        vm.expectEmit(address(gateway));
        emit Gateway.CallbackReverted(callId);
        // Not enough to copy 190 000 bytes.
        gateway.deliver{gas: 260_000}(result, proof, PAYLOAD);
        check(callId, Gateway.Status.CallbackFailed, "");
        deliverFails(result, PAYLOAD, status(Gateway.Status.CallbackFailed));

        gateway.retry(callId, PAYLOAD, GAS);
        check(callId, Gateway.Status.CallbackFailed, "");
        vm.assertEq(consumer.received(callId), 0, "received");
        consumer.behave(Misbehaving.Manner.Well);
        gateway.retry(callId, PAYLOAD, GAS);
        check(callId, Gateway.Status.Delivered, "");
        vm.assertEq(consumer.received(callId), 1, "received");
        vm.expectRevert(status(Gateway.Status.Delivered));
        gateway.retry(callId, PAYLOAD, GAS);
    }

    function orderOf() private pure returns (Order memory order) {
        order = Order(7, 3, OrderCodec.NONE, 2, 100, new string[](1), "0");
        order.arguments[0] = "-a";
    }

    function request(address callback, uint32 callbackGas) private returns (bytes32) {
        vm.prank(alice);
        return gateway.request(orderOf(), COIN, callback, callbackGas);
    }

    function requestFails(address callback, uint32 callbackGas, bytes4 problem) private {
        vm.expectRevert(problem);
        vm.prank(alice);
        gateway.request(orderOf(), COIN, callback, callbackGas);
    }

    function answered(bytes32 callId, Outcome outcome, bytes memory payload) private returns (Result memory result) {
        result = answer(callId, outcome, payload);
        finalise();
    }

    function check(bytes32 callId, Gateway.Status expected, bytes memory payload) private view {
        (Gateway.Status actual, bytes memory stored) = gateway.resultOf(callId);
        vm.assertEq(uint256(actual), uint256(expected), "status");
        vm.assertEq(stored, payload, "payload");
    }

    function status(Gateway.Status actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Gateway.WrongStatus.selector, actual);
    }
}
