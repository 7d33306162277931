// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The chain of deposits: the hash of each link covers all before it
library Deposits {
    /// @notice First word of what the chain begins with.
    bytes32 internal constant START = "talka/deposits/1";

    /// @notice Hash before the first deposit into `vault`.
    function start(address vault) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(START, block.chainid, vault));
    }

    /// @notice Hash after one more deposit.
    /// @param before Hash before it.
    /// @param nonce Number of the deposit, from 0.
    /// @param sender Who pays.
    /// @param to The account on the sidechain.
    /// @param amount What the vault received.
    /// @param message What the sender adds.
    function link(bytes32 before, uint64 nonce, address sender, bytes32 to, uint128 amount, bytes memory message)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(before, nonce, sender, to, amount, keccak256(message)));
    }
}
