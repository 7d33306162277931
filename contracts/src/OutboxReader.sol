// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ISidechainClient} from "./interfaces/ISidechainClient.sol";
import {Outbox} from "./lib/Outbox.sol";

/// @title Reads messages of the sidechain's outbox
/// @dev The light client is the only part that can be replaced: it depends on encodings of the sidechain, which may change. It is
/// replaced after a week in which everybody can see by what.
abstract contract OutboxReader is Ownable2Step {
    using SafeCast for uint256;

    /// @notice From the announcement of another light client until it can be put in place.
    uint256 public constant CLIENT_DELAY = 7 days;

    /// @notice The light client that is believed.
    ISidechainClient public client;

    /// @notice The one that was announced; 0 where none was.
    ISidechainClient public announcedClient;

    /// @notice When it can be put in place, in seconds.
    uint64 public announcedFor;

    /// @notice Another light client was announced.
    event ClientAnnounced(ISidechainClient indexed client, uint64 announcedFor);
    /// @notice It was withdrawn before it was in place.
    event ClientWithdrawn(ISidechainClient indexed client);
    /// @notice It is in place.
    event ClientReplaced(ISidechainClient indexed client);

    /// @notice That address has no code.
    error NotAContract(address account);
    /// @notice No light client was announced.
    error NothingAnnounced();
    /// @notice It cannot be put in place before that time.
    error TooEarly(uint64 announcedFor);
    /// @notice The proof leads to none of the recent outbox roots. It may be stale: make it for the newest.
    error NotInOutbox(bytes32 root);

    constructor(ISidechainClient first) {
        require(address(first).code.length > 0, NotAContract(address(first)));
        client = first;
        emit ClientReplaced(first);
    }

    /// @notice Announces another light client, in place of one announced before.
    function announceClient(ISidechainClient next) external onlyOwner {
        require(address(next).code.length > 0, NotAContract(address(next)));
        announcedClient = next;
        announcedFor = (block.timestamp + CLIENT_DELAY).toUint64();
        emit ClientAnnounced(next, announcedFor);
    }

    /// @notice Withdraws the announcement.
    function withdrawClient() external onlyOwner {
        emit ClientWithdrawn(takeAnnounced());
    }

    /// @notice Puts the announced light client in place. Its time has come.
    function replaceClient() external onlyOwner {
        uint64 time = announcedFor;
        ISidechainClient next = takeAnnounced();
        require(block.timestamp >= time, TooEarly(time));
        client = next;
        emit ClientReplaced(next);
    }

    /// @dev Reverts unless `leaf` is in the outbox at `index`.
    function requireInOutbox(bytes32 leaf, uint32 index, bytes32[32] calldata proof) internal view {
        bytes32 root = Outbox.root(leaf, index, proof);
        require(client.isRecentOutboxRoot(root), NotInOutbox(root));
    }

    function takeAnnounced() private returns (ISidechainClient next) {
        next = announcedClient;
        require(address(next) != address(0), NothingAnnounced());
        delete announcedClient;
        delete announcedFor;
    }
}
