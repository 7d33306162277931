// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Little-endian numbers and compact lengths, as SCALE encodes them
library Scale {
    /// @notice The value is longer than a two-byte compact length can say.
    error LengthTooLarge(uint256 length);

    /// @notice Reads a little-endian 32-bit number. The caller has checked the length of `data`.
    function readU32(bytes calldata data, uint256 offset) internal pure returns (uint32) {
        return swap32(uint32(bytes4(data[offset:offset + 4])));
    }

    /// @notice Reads a little-endian 64-bit number. The caller has checked the length of `data`.
    function readU64(bytes calldata data, uint256 offset) internal pure returns (uint64) {
        return swap64(uint64(bytes8(data[offset:offset + 8])));
    }

    /// @notice Encodes a number of 32 bits.
    function u32(uint32 value) internal pure returns (bytes4) {
        return bytes4(swap32(value));
    }

    /// @notice Encodes `Option<u32>`: `absent` stands for `None`.
    function optionU32(uint32 value, uint32 absent) internal pure returns (bytes memory) {
        return value == absent ? bytes(hex"00") : abi.encodePacked(hex"01", u32(value));
    }

    /// @notice Encodes bytes: their compact length, then themselves.
    function bytesOf(bytes memory value) internal pure returns (bytes memory) {
        return abi.encodePacked(compact(value.length), value);
    }

    /// @notice Encodes a length below 2^14.
    function compact(uint256 length) internal pure returns (bytes memory) {
        // forge-lint: disable-next-line(unsafe-typecast)
        if (length < 64) return abi.encodePacked(uint8(length << 2));
        require(length < 1 << 14, LengthTooLarge(length));
        uint256 word = (length << 2) | 1;
        // forge-lint: disable-next-line(unsafe-typecast)
        return abi.encodePacked(uint8(word), uint8(word >> 8));
    }

    /// @notice Reverses the four bytes.
    function swap32(uint32 value) internal pure returns (uint32) {
        value = ((value & 0xff00ff00) >> 8) | ((value & 0x00ff00ff) << 8);
        return (value >> 16) | (value << 16);
    }

    /// @notice Reverses the eight bytes.
    function swap64(uint64 value) internal pure returns (uint64) {
        value = ((value & 0xff00ff00ff00ff00) >> 8) | ((value & 0x00ff00ff00ff00ff) << 8);
        value = ((value & 0xffff0000ffff0000) >> 16) | ((value & 0x0000ffff0000ffff) << 16);
        return (value >> 32) | (value << 32);
    }
}
