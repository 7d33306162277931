// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Gateway} from "../../src/Gateway.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {Outcome, Result, Withdrawal} from "../../src/lib/Outbox.sol";
import {SidechainClient} from "../../src/SidechainClient.sol";
import {OutboxReader} from "../../src/OutboxReader.sol";
import {Vault} from "../../src/Vault.sol";
import {OutboxModel} from "./OutboxModel.sol";
import {Rlc} from "./Rlc.sol";
import {Block, Import, Validators} from "./Validators.sol";
import {vm} from "./Vm.sol";

/// @title All contracts in place, and a sidechain of four validators that speaks to them
abstract contract World {
    uint96 internal constant COIN = 1e9;

    address internal owner = address(0x0111);
    address internal guardian = address(0x0222);
    address internal relayer = address(0x0333);
    address internal alice = address(0xa11ce);
    address internal bob = address(0xb0b);
    bytes32 internal sidechainAccount = keccak256("the gateway's account");

    Rlc internal token;
    SidechainClient internal client;
    Vault internal vault;
    Gateway internal gateway;
    OutboxModel internal outbox;

    uint256[] internal secrets;
    uint32 internal height;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        secrets = Validators.keys(0, 4);
        SidechainClient.ValidatorSet memory current = Validators.set(0, secrets);
        SidechainClient.ValidatorSet memory next = Validators.set(1, secrets);
        client = new SidechainClient(1, current, next);
        token = new Rlc();
        vault = new Vault(IERC20(address(token)), client, owner, guardian, limits());
        gateway = new Gateway(IERC20(address(token)), IVault(address(vault)), sidechainAccount, client, owner, guardian);
        outbox = new OutboxModel();
        for (uint256 i = 0; i < 2; ++i) {
            address account = i == 0 ? alice : bob;
            token.mint(account, 10_000 * COIN);
            vm.startPrank(account);
            token.approve(address(vault), type(uint256).max);
            token.approve(address(gateway), type(uint256).max);
            vm.stopPrank();
        }
    }

    function limits() internal pure returns (Vault.Limits memory) {
        return Vault.Limits({minimumDeposit: COIN / 100, cap: 5_000 * COIN, claim: 100 * COIN, bucket: 250 * COIN});
    }

    /// @dev The next block of the sidechain reaches Ethereum.
    function finalise() internal {
        importBlock(nextBlock(outbox.root()));
    }

    function nextBlock(bytes32 outboxRoot) internal returns (Import memory) {
        Block memory about = Block({
            number: height + 1,
            setId: 0,
            parentNumber: height,
            nextSetId: 1,
            nextSetLength: 4,
            nextSetRoot: client.nextSet().root,
            outboxRoot: outboxRoot
        });
        height += 1;
        return Validators.signed(about, height, secrets);
    }

    function importBlock(Import memory made) internal {
        client.importCommitment(made.commitment, made.validators, made.signers, made.signatures, made.leaf, made.proof);
    }

    function deposit(address from, uint256 amount) internal returns (uint64) {
        vm.prank(from);
        return vault.deposit(keccak256(abi.encode(from)), amount);
    }

    /// @dev A withdrawal enters the outbox.
    function withdraw(address to, uint128 amount, uint128 tip) internal returns (Withdrawal memory withdrawal) {
        withdrawal = Withdrawal({index: outbox.size(), to: to, amount: amount, tip: tip});
        outbox.push(leafOf(block.chainid, address(vault), withdrawal));
    }

    /// @dev The answer to a request enters the outbox.
    function answer(bytes32 callId, Outcome outcome, bytes memory payload) internal returns (Result memory result) {
        result = Result({
            index: outbox.size(),
            callId: callId,
            outcome: outcome,
            assurance: 4,
            errorBound: 900,
            digest: keccak256("manifest"),
            payloadHash: keccak256(payload)
        });
        outbox.push(leafOf(block.chainid, address(gateway), result));
    }

    function leafOf(uint256 chainId, address contract_, Withdrawal memory m) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes32("talka/withdrawal/1"), chainId, contract_, m.index, m.to, m.amount, m.tip));
    }

    function leafOf(uint256 chainId, address contract_, Result memory m) internal pure returns (bytes32) {
        bytes memory place = abi.encodePacked(bytes32("talka/result/1"), chainId, contract_, m.index, m.callId);
        return keccak256(abi.encodePacked(place, uint8(m.outcome), m.assurance, m.errorBound, m.digest, m.payloadHash));
    }

    function claim(Withdrawal memory withdrawal) internal {
        bytes32[32] memory proof = outbox.proof(withdrawal.index);
        vm.prank(relayer);
        vault.claim(withdrawal, proof);
    }

    function claimFails(Withdrawal memory withdrawal, bytes memory problem) internal {
        bytes32[32] memory proof = outbox.proof(withdrawal.index);
        vm.expectRevert(problem);
        vm.prank(relayer);
        vault.claim(withdrawal, proof);
    }

    function deliver(Result memory result, bytes memory payload) internal {
        bytes32[32] memory proof = outbox.proof(result.index);
        vm.prank(relayer);
        gateway.deliver(result, proof, payload);
    }

    function deliverFails(Result memory result, bytes memory payload, bytes memory problem) internal {
        bytes32[32] memory proof = outbox.proof(result.index);
        vm.expectRevert(problem);
        vm.prank(relayer);
        gateway.deliver(result, proof, payload);
    }

    function notInOutbox(bytes32 leaf, uint32 index) internal view returns (bytes memory) {
        bytes32[32] memory proof = outbox.proof(index);
        for (uint256 level = 0; level < 32; ++level) {
            bool left = (index >> level) & 1 == 0;
            leaf = keccak256(left ? bytes.concat(leaf, proof[level]) : bytes.concat(proof[level], leaf));
        }
        return abi.encodeWithSelector(OutboxReader.NotInOutbox.selector, leaf);
    }
}
