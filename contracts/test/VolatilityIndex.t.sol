// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VolatilityIndex} from "../src/examples/VolatilityIndex.sol";
import {Gateway} from "../src/Gateway.sol";
import {Order, OrderCodec} from "../src/lib/Order.sol";
import {Outcome, Result} from "../src/lib/Outbox.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title The example: from a request to a value, through all contracts
contract VolatilityIndexTest is World {
    VolatilityIndex private index;

    function setUp() public override {
        super.setUp();
        Order memory order = Order(0, 0, OrderCodec.NONE, 1, 100, new string[](4), "0");
        order.arguments[0] = "--weights";
        order.arguments[1] = "USD=0.5,GBP=0.5";
        order.arguments[2] = "--horizon";
        order.arguments[3] = "10";
        index = new VolatilityIndex(gateway, order, COIN);
        token.mint(address(index), 3 * COIN);
    }

    function test_a_value_comes_from_the_sidechain() external {
        arrive(index.refresh(), abi.encode(20_756, 15_480, 17_930));
        (uint64 lastDay, uint64 valueAtRisk, uint64 expectedShortfall, uint64 receivedAt) = index.latest();
        vm.assertEq(lastDay, 20_756, "day");
        vm.assertEq(valueAtRisk, 15_480, "value at risk");
        vm.assertEq(expectedShortfall, 17_930, "expected shortfall");
        vm.assertEq(receivedAt, block.timestamp, "received");
        // 1.548 % in ten days at 99 %: 3.327 % a year.
        vm.assertEq(index.volatility(), 33_271, "volatility");
        vm.assertEq(index.pending(), 0, "pending");
    }

    function test_a_value_gets_too_old() external {
        vm.expectRevert(abi.encodeWithSelector(VolatilityIndex.TooOld.selector, 0));
        index.volatility();
        arrive(index.refresh(), abi.encode(20_756, 15_480, 17_930));
        uint256 receivedAt = block.timestamp;
        vm.warp(receivedAt + 3 days);
        index.volatility();
        vm.warp(receivedAt + 3 days + 1);
        vm.expectRevert(abi.encodeWithSelector(VolatilityIndex.TooOld.selector, receivedAt));
        index.volatility();
    }

    function test_it_asks_once_a_day_and_pays_from_its_own_tokens() external {
        index.refresh();
        vm.assertEq(token.balanceOf(address(index)), 2 * COIN, "balance");
        vm.expectRevert(abi.encodeWithSelector(VolatilityIndex.TooSoon.selector, block.timestamp + 1 days));
        index.refresh();
        vm.warp(block.timestamp + 1 days);
        index.refresh();
    }

    function test_only_the_result_of_the_newest_request_counts() external {
        bytes32 first = index.refresh();
        vm.warp(block.timestamp + 1 days);
        bytes32 second = index.refresh();
        arrive(first, abi.encode(20_756, 15_480, 17_930));
        status(first, Gateway.Status.CallbackFailed);
        arrive(second, abi.encode(20_757, 15_480, 17_930));
        status(second, Gateway.Status.Delivered);
        (uint64 lastDay,,,) = index.latest();
        vm.assertEq(lastDay, 20_757, "day");
    }

    function test_only_the_gateway_brings_results() external {
        bytes32 callId = index.refresh();
        vm.expectRevert(VolatilityIndex.NotTheGateway.selector);
        index.receiveResult(callId, abi.encode(20_756, 15_480, 17_930));
        vm.prank(alice);
        bytes32 foreign = gateway.request(Order(1, 1, 1, 0, 4, new string[](0), ""), COIN, address(index), 100_000);
        arrive(foreign, abi.encode(20_756, 1, 1));
        status(foreign, Gateway.Status.CallbackFailed);
    }

    function test_estimates_that_make_no_sense_are_refused() external {
        bytes[5] memory payloads = [
            abi.encode(20_756, 0, 17_930),
            abi.encode(20_756, 17_931, 17_930),
            abi.encode(20_756, 1, 1_000_001),
            abi.encode(20_756, 15_480),
            abi.encode(uint256(2 ** 64), 15_480, 17_930)
        ];
        for (uint256 i = 0; i < payloads.length; ++i) {
            token.mint(address(index), COIN);
            bytes32 callId = index.refresh();
            arrive(callId, payloads[i]);
            status(callId, Gateway.Status.CallbackFailed);
            vm.warp(block.timestamp + 1 days);
        }
    }

    function test_an_older_history_is_refused() external {
        arrive(index.refresh(), abi.encode(20_756, 15_480, 17_930));
        vm.warp(block.timestamp + 1 days);
        bytes32 callId = index.refresh();
        arrive(callId, abi.encode(20_755, 15_480, 17_930));
        status(callId, Gateway.Status.CallbackFailed);
    }

    function arrive(bytes32 callId, bytes memory payload) private {
        Result memory result = answer(callId, Outcome.Completed, payload);
        finalise();
        bytes32[32] memory proof = outbox.proof(result.index);
        gateway.deliver(result, proof, payload);
    }

    function status(bytes32 callId, Gateway.Status expected) private view {
        (Gateway.Status actual,) = gateway.resultOf(callId);
        vm.assertEq(uint256(actual), uint256(expected), "status");
    }
}
