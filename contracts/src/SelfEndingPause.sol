// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title A pause that ends by itself
/// @notice The guardian can pause, and nothing else. Nobody has to end the pause, and the guardian cannot renew it at once: no
/// key that is lost or stolen locks funds for ever.
abstract contract SelfEndingPause is Ownable2Step {
    using SafeCast for uint256;

    /// @notice How long a pause lasts.
    uint256 public constant PAUSE = 7 days;

    /// @notice After a pause, the time in which the guardian cannot pause again.
    uint256 public constant PAUSE_GAP = 2 days;

    /// @notice The account that can pause.
    address public guardian;

    /// @notice End of the latest pause, in seconds; 0 where the owner ended it.
    uint64 public pausedUntil;

    /// @notice Paused until that time.
    event Paused(address indexed by, uint64 until);
    /// @notice The owner has ended the pause.
    event Unpaused();
    /// @notice Another account can pause.
    event GuardianChanged(address indexed guardian);

    /// @notice Paused until that time. Try again then.
    error IsPaused(uint64 until);
    /// @notice The guardian cannot pause again before that time.
    error PausedRecently(uint256 until);

    modifier whenNotPaused() {
        require(block.timestamp >= pausedUntil, IsPaused(pausedUntil));
        _;
    }

    constructor(address firstGuardian) {
        guardian = firstGuardian;
        emit GuardianChanged(firstGuardian);
    }

    /// @notice Pauses. The guardian after the gap; the owner at any time, so that it can renew a pause.
    function pause() external {
        if (msg.sender == guardian) {
            uint256 allowed = pausedUntil == 0 ? 0 : pausedUntil + PAUSE_GAP;
            require(block.timestamp >= allowed, PausedRecently(allowed));
        } else {
            _checkOwner();
        }
        pausedUntil = (block.timestamp + PAUSE).toUint64();
        emit Paused(msg.sender, pausedUntil);
    }

    /// @notice Ends a pause.
    function unpause() external onlyOwner {
        pausedUntil = 0;
        emit Unpaused();
    }

    /// @notice Lets another account pause; 0 for none.
    function setGuardian(address account) external onlyOwner {
        guardian = account;
        emit GuardianChanged(account);
    }
}
