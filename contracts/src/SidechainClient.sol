// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ISidechainClient} from "./interfaces/ISidechainClient.sol";
import {Commitment, CommitmentCodec} from "./lib/Commitment.sol";
import {Keyset} from "./lib/Keyset.sol";
import {MmrLeaf, MmrLeafCodec} from "./lib/MmrLeaf.sol";
import {NewestLeaf} from "./lib/NewestLeaf.sol";
import {Quorum} from "./lib/Quorum.sol";

/// @title Light client of the sidechain
/// @notice Follows the sidechain's BEEFY finality and keeps the newest roots of its outbox. Anybody may import.
/// @dev What it believes was signed by more than two thirds of a validator set, each signature of which it has checked itself.
/// The first set comes with the constructor, each later one from a leaf that the set before it has signed. Nobody can change it.
contract SidechainClient is ISidechainClient {
    using SafeCast for uint256;

    /// @notice A validator set: what pallet-beefy-mmr calls an authority set.
    /// @param id Counts sessions.
    /// @param length Validators in it.
    /// @param root Merkle root of their addresses, in their order.
    struct ValidatorSet {
        uint64 id;
        uint32 length;
        bytes32 root;
    }

    /// @dev All that changes with each import, in one slot.
    struct State {
        uint32 latestBlock;
        uint64 setId;
        uint32 setLength;
        uint32 nextSetLength;
        uint8 newestRoot;
    }

    /// @notice Most validators in a set: a signer is a bit of a word.
    uint256 public constant MAX_VALIDATORS = 256;

    /// @notice Outbox roots that are kept: proofs stay valid until as many newer ones have arrived.
    uint256 public constant RECENT_ROOTS = 8;

    /// @notice The first block that added a leaf to the Merkle mountain range.
    uint32 public immutable FIRST_MMR_BLOCK;

    State private _state;
    bytes32 private _setRoot;
    bytes32 private _nextSetRoot;
    bytes32[RECENT_ROOTS] private _outboxRoots;

    /// @notice A commitment was imported.
    /// @param blockNumber The block that it is for.
    /// @param validatorSetId The set that signed it.
    /// @param outboxRoot The outbox at that block; 0 before its first message.
    event Imported(uint32 indexed blockNumber, uint64 indexed validatorSetId, bytes32 outboxRoot);

    /// @notice The next validator set has taken over.
    event HandedOver(uint64 indexed validatorSetId, uint32 length, bytes32 root);

    /// @notice A set needs 1 to 256 validators and a root, the next set the next id, and the range a first block.
    error InvalidValidatorSet();
    /// @notice The block is not newer than the latest that was imported.
    error OldBlock(uint32 blockNumber, uint32 latest);
    /// @notice Only the current set and the next one are known. Sessions that were missed have to be imported in their order.
    error UnknownValidatorSet(uint64 validatorSetId, uint64 current);
    /// @notice The addresses are not those of the validator set.
    error WrongValidators();
    /// @notice The leaf is not the one that the commitment's own block has added.
    error NotTheNewestLeaf(uint32 parentNumber, uint32 blockNumber);
    /// @notice The leaf does not lead to the signed root.
    error WrongMmrRoot();
    /// @notice The leaf names another set than the one after the set that signed.
    error WrongNextSet(uint64 nextSetId);

    /// @param firstMmrBlock The first block that added a leaf to the Merkle mountain range: 1 where the pallet was there from
    /// genesis.
    /// @param current The set that signs now.
    /// @param next The set after it.
    constructor(uint32 firstMmrBlock, ValidatorSet memory current, ValidatorSet memory next) {
        require(firstMmrBlock > 0 && next.id == current.id + 1, InvalidValidatorSet());
        checkSet(current.length, current.root);
        checkSet(next.length, next.root);
        FIRST_MMR_BLOCK = firstMmrBlock;
        // No block before the range has a leaf.
        _state.latestBlock = firstMmrBlock - 1;
        _state.setId = current.id;
        _state.setLength = current.length;
        _state.nextSetLength = next.length;
        _setRoot = current.root;
        _nextSetRoot = next.root;
    }

    /// @notice Imports a newer block.
    /// @param commitment What was signed, SCALE-encoded.
    /// @param validators All addresses of the set that signed, in its order.
    /// @param signers Bit i is set where validator i has signed.
    /// @param signatures Those of the signers, in their order, 65 bytes each.
    /// @param leaf The leaf that the commitment's block has added to the range, SCALE-encoded.
    /// @param proof That it is the newest: see `NewestLeaf`.
    function importCommitment(
        bytes calldata commitment,
        address[] calldata validators,
        uint256 signers,
        bytes calldata signatures,
        bytes calldata leaf,
        bytes32[] calldata proof
    ) external {
        State memory state = _state;
        Commitment memory signed = CommitmentCodec.decode(commitment);
        require(signed.blockNumber > state.latestBlock, OldBlock(signed.blockNumber, state.latestBlock));
        bool handOver = signed.validatorSetId != state.setId;
        require(!handOver || signed.validatorSetId == state.setId + 1, UnknownValidatorSet(signed.validatorSetId, state.setId));
        checkValidators(validators, handOver ? state.nextSetLength : state.setLength, handOver);
        Quorum.check(keccak256(commitment), validators, signers, signatures);
        MmrLeaf memory newest = newestLeaf(leaf, proof, signed);

        if (handOver) {
            checkSet(newest.nextSetLength, newest.nextSetRoot);
            state.setId = signed.validatorSetId;
            state.setLength = state.nextSetLength;
            state.nextSetLength = newest.nextSetLength;
            bytes32 root = _nextSetRoot;
            _setRoot = root;
            _nextSetRoot = newest.nextSetRoot;
            emit HandedOver(state.setId, state.setLength, root);
        }
        state.latestBlock = signed.blockNumber;
        state.newestRoot = keepRoot(state.newestRoot, newest.outboxRoot);
        _state = state;
        emit Imported(signed.blockNumber, signed.validatorSetId, newest.outboxRoot);
    }

    /// @inheritdoc ISidechainClient
    function isRecentOutboxRoot(bytes32 root) external view returns (bool) {
        if (root == 0) return false;
        uint256 newest = _state.newestRoot;
        for (uint256 age = 0; age < RECENT_ROOTS; ++age) {
            if (_outboxRoots[(newest + RECENT_ROOTS - age) % RECENT_ROOTS] == root) return true;
        }
        return false;
    }

    /// @notice The newest outbox root; 0 before the first message.
    function outboxRoot() external view returns (bytes32) {
        return _outboxRoots[_state.newestRoot];
    }

    /// @notice The newest block that was imported.
    function latestBlock() external view returns (uint32) {
        return _state.latestBlock;
    }

    /// @notice The set that signs now.
    function currentSet() external view returns (ValidatorSet memory) {
        return ValidatorSet(_state.setId, _state.setLength, _setRoot);
    }

    /// @notice The set after it.
    function nextSet() external view returns (ValidatorSet memory) {
        return ValidatorSet(_state.setId + 1, _state.nextSetLength, _nextSetRoot);
    }

    /// @dev An empty set would need no signature, one that is too long none that fits into the word.
    function checkSet(uint32 length, bytes32 root) private pure {
        require(length > 0 && length <= MAX_VALIDATORS && root != 0, InvalidValidatorSet());
    }

    function checkValidators(address[] calldata validators, uint32 length, bool handOver) private view {
        bytes32 root = handOver ? _nextSetRoot : _setRoot;
        require(validators.length == length && Keyset.root(validators) == root, WrongValidators());
    }

    /// @dev A leaf of an older block is under the same signed root, with older contents. It must not be believed under this
    /// block's number: sets and heights could be driven apart.
    function newestLeaf(bytes calldata leaf, bytes32[] calldata proof, Commitment memory signed)
        private
        view
        returns (MmrLeaf memory newest)
    {
        newest = MmrLeafCodec.decode(leaf);
        require(newest.parentNumber == signed.blockNumber - 1, NotTheNewestLeaf(newest.parentNumber, signed.blockNumber));
        uint256 count = uint256(signed.blockNumber) - FIRST_MMR_BLOCK + 1;
        require(NewestLeaf.root(keccak256(leaf), count, proof) == signed.mmrRoot, WrongMmrRoot());
        require(newest.nextSetId == signed.validatorSetId + 1, WrongNextSet(newest.nextSetId));
    }

    /// @dev Returns the place of the newest root in the ring.
    function keepRoot(uint8 newest, bytes32 root) private returns (uint8) {
        if (root == 0 || _outboxRoots[newest] == root) return newest;
        newest = ((newest + 1) % RECENT_ROOTS).toUint8();
        _outboxRoots[newest] = root;
        return newest;
    }
}
