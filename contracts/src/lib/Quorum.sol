// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Signatures of a two-thirds quorum, every one of them checked
library Quorum {
    /// @notice Bytes of a signature as BEEFY makes it: `r[32] | s[32] | v`, v being 0 or 1.
    uint256 internal constant SIGNATURE = 65;

    /// @notice The signers are fewer than two thirds and one.
    error TooFewSigners(uint256 needed, uint256 signers);
    /// @notice A bit is set beyond the last validator.
    error UnknownSigner();
    /// @notice There are not as many signatures as signers.
    error WrongSignatureLength(uint256 expected, uint256 actual);
    /// @notice Not a signature of that validator: another key, another message, `s` in the upper half, or `v` not 0 or 1.
    error InvalidSignature(uint256 validator);

    /// @notice How many of `validators` have to sign: BEEFY's threshold, more than two thirds.
    function threshold(uint256 validators) internal pure returns (uint256) {
        return validators - (validators - 1) / 3;
    }

    /// @notice Reverts unless all `signers` have signed `hash` and are a quorum of `validators`.
    /// @param signers Bit i stands for validator i, so none can count twice.
    /// @param signatures Those of the signers, in their order.
    function check(bytes32 hash, address[] calldata validators, uint256 signers, bytes calldata signatures) internal pure {
        require(signers >> validators.length == 0, UnknownSigner());
        uint256 signed;
        for (uint256 i = 0; signers >> i != 0; ++i) {
            if ((signers >> i) & 1 == 0) continue;
            uint256 end = (signed + 1) * SIGNATURE;
            require(end <= signatures.length, WrongSignatureLength(end, signatures.length));
            checkOne(hash, validators[i], signatures[end - SIGNATURE:end], i);
            ++signed;
        }
        require(signed >= threshold(validators.length), TooFewSigners(threshold(validators.length), signed));
        require(signed * SIGNATURE == signatures.length, WrongSignatureLength(signed * SIGNATURE, signatures.length));
    }

    /// @dev A key that pallet-beefy-mmr could not convert stands in the set as address 0, which is also what a signature that
    /// fits no key recovers to: the error code tells them apart.
    function checkOne(bytes32 hash, address validator, bytes calldata signature, uint256 position) private pure {
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecover(hash, uint8(signature[64]) + 27, bytes32(signature[:32]), bytes32(signature[32:64]));
        require(problem == ECDSA.RecoverError.NoError && signer == validator, InvalidSignature(position));
    }
}
