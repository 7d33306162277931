// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Outcome, Result, Withdrawal} from "../src/lib/Outbox.sol";
import {Order, OrderCodec} from "../src/lib/Order.sol";
import {SidechainClient} from "../src/SidechainClient.sol";
import {Recorder} from "./support/Consumers.sol";
import {Block, Import, Validators} from "./support/Validators.sol";
import {vm} from "./support/Vm.sol";
import {World} from "./support/World.sol";

/// @title What each call costs, as a transaction of its own
/// @dev Storage is as it is after a while: the ring of roots is full, balances and allowances are not zero. `snapshots/` has the
/// figures.
contract GasTest is World {
    /// @dev A range of 2^24 - 1 leaves has the longest proofs for a year of blocks every two seconds: 23 nodes.
    uint32 private constant HEIGHT = 2 ** 24 - 1;
    /// @dev A greater number whose range has as long a proof: 24 mountains again.
    uint32 private constant HANDED_OVER = 2 ** 24 + 2 ** 23 - 1;

    function setUp() public override {
        super.setUp();
        deposit(alice, 50 * COIN);
        // So that no root of the ring is new storage.
        for (uint256 i = 0; i < client.RECENT_ROOTS(); ++i) {
            withdraw(bob, COIN, 0);
            finalise();
        }
    }

    function test_import_4() external {
        measureImport(4, 127_000);
    }

    function test_import_8() external {
        measureImport(8, 148_000);
    }

    function test_import_16() external {
        measureImport(16, 184_000);
    }

    function test_import_32() external {
        measureImport(32, 262_000);
    }

    function test_deposit() external {
        vm.prank(alice);
        vault.deposit(sidechainAccount, COIN);
        measure("deposit", 70_000);
    }

    function test_deposit_by_approve_and_call() external {
        vm.prank(alice);
        token.approveAndCall(vault, COIN, abi.encode(sidechainAccount));
        measure("deposit by approveAndCall", 75_000);
    }

    function test_claim() external {
        Withdrawal memory first = withdraw(bob, COIN, 0);
        Withdrawal memory second = withdraw(bob, COIN, 0);
        finalise();
        claim(first);
        claim(second);
        measure("claim", 120_000);
    }

    function test_claim_of_the_first_of_256_indices() external {
        Withdrawal memory before = withdraw(bob, COIN, 0);
        while (outbox.size() < 256) outbox.push(keccak256("another message"));
        Withdrawal memory first = withdraw(bob, COIN, 0);
        finalise();
        claim(before);
        claim(first);
        measure("claim, first of 256 indices", 120_000);
    }

    function test_claim_with_tip() external {
        Withdrawal memory first = withdraw(bob, COIN, COIN / 100);
        Withdrawal memory second = withdraw(bob, COIN, COIN / 100);
        finalise();
        claim(first);
        claim(second);
        measure("claim with tip", 130_000);
    }

    function test_poke() external {
        vault.poke();
        measure("poke", 30_000);
    }

    function test_request() external {
        Order memory order = orderOf();
        vm.prank(alice);
        gateway.request(order, COIN, address(0), 0);
        vm.prank(alice);
        gateway.request(order, COIN, address(0), 0);
        measure("request", 150_000);
    }

    function test_deliver_to_a_callback() external {
        Recorder consumer = new Recorder(gateway);
        vm.prank(alice);
        bytes32 callId = gateway.request(orderOf(), COIN, address(consumer), 100_000);
        bytes memory payload = new bytes(96);
        Result memory result = answer(callId, Outcome.Completed, payload);
        finalise();
        deliver(result, payload);
        measure("deliver 96 bytes to a callback", 150_000);
        vm.assertEq(consumer.received(callId), 1, "received");
    }

    function test_deliver_for_later() external {
        vm.prank(alice);
        bytes32 callId = gateway.request(orderOf(), COIN, address(0), 0);
        bytes memory payload = abi.encode(1, 2, 3);
        Result memory result = answer(callId, Outcome.Completed, payload);
        finalise();
        deliver(result, payload);
        measure("deliver 96 bytes to be asked for", 200_000);
    }

    function orderOf() private pure returns (Order memory) {
        return
            Order({
                app: 1, dataset: 1, pool: OrderCodec.NONE, category: 0, trust: 100, arguments: new string[](4), parameter: "0"
            });
    }

    function measureImport(uint256 validators, uint256 most) private {
        uint256[] memory keys = Validators.keys(100, validators);
        SidechainClient.ValidatorSet memory next = Validators.set(8, keys);
        client = new SidechainClient(1, Validators.set(7, keys), next);
        string memory size = vm.toString(validators);
        for (uint32 number = HEIGHT - 9; number <= HEIGHT; ++number) {
            importBlock(Validators.signed(blockOf(number, 7, next), number, keys));
        }
        measure(string.concat("import, ", size, " validators"), most);

        // A number for which the proof is as long.
        next.root = Validators.set(9, Validators.keys(500, validators)).root;
        importBlock(Validators.signed(blockOf(HANDED_OVER, 8, next), HANDED_OVER, keys));
        measure(string.concat("import with hand-over, ", size, " validators"), most + 10_000);
    }

    function blockOf(uint32 number, uint64 setId, SidechainClient.ValidatorSet memory next)
        private
        pure
        returns (Block memory)
    {
        return Block({
            number: number,
            setId: setId,
            parentNumber: number - 1,
            nextSetId: setId + 1,
            nextSetLength: next.length,
            nextSetRoot: next.root,
            outboxRoot: keccak256(abi.encode("outbox", number))
        });
    }

    function measure(string memory name, uint256 most) private {
        uint256 gas = vm.snapshotGasLastCall("gas", name);
        vm.assertLe(gas, most, name);
    }
}
