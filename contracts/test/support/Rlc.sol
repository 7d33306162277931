// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITokenReceiver} from "../../src/interfaces/ITokenReceiver.sol";

/// @title A token with the manners of RLC
/// @dev 9 decimals; `transfer` and `transferFrom` insist on the exact length of their calldata; every failure burns all gas, as
/// `throw` did; an allowance is used up even where it is without limit; no check for address 0.
contract Rlc {
    string public constant name = "Test token";
    string public constant symbol = "TEST";
    uint8 public constant decimals = 9;

    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    modifier exactly(uint256 words) {
        burnAllUnless(msg.data.length == 4 + 32 * words);
        _;
    }

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address to, uint256 value) external exactly(2) returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external exactly(3) returns (bool) {
        burnAllUnless(allowance[from][msg.sender] >= value);
        allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function approve(address spender, uint256 value) public returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function approveAndCall(ITokenReceiver spender, uint256 value, bytes calldata data) external {
        approve(address(spender), value);
        spender.receiveApproval(msg.sender, value, address(this), data);
    }

    /// @dev What the token keeps of a transfer: nothing.
    function fee(uint256) internal pure virtual returns (uint256) {
        return 0;
    }

    function move(address from, address to, uint256 value) private {
        burnAllUnless(balanceOf[from] >= value);
        balanceOf[from] -= value;
        balanceOf[to] += value - fee(value);
        totalSupply -= fee(value);
        emit Transfer(from, to, value);
    }

    function burnAllUnless(bool condition) private pure {
        if (!condition) {
            assembly {
                invalid()
            }
        }
    }
}

/// @title A token that keeps a hundredth of each transfer
contract FeeToken is Rlc {
    function fee(uint256 value) internal pure override returns (uint256) {
        return value / 100;
    }
}
