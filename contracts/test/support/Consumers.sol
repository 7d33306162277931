// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gateway} from "../../src/Gateway.sol";
import {IOracleConsumer} from "../../src/interfaces/IOracleConsumer.sol";
import {Order} from "../../src/lib/Order.sol";
import {Result} from "../../src/lib/Outbox.sol";
import {Rlc} from "./Rlc.sol";

/// @title Writes down what it receives
contract Recorder is IOracleConsumer {
    Gateway internal immutable GATEWAY;
    mapping(bytes32 => uint256) public received;
    bytes public last;

    constructor(Gateway gateway) {
        GATEWAY = gateway;
    }

    function receiveResult(bytes32 id, bytes calldata result) external virtual {
        require(msg.sender == address(GATEWAY));
        received[id] += 1;
        last = result;
    }
}

/// @title Does what it is told to instead
contract Misbehaving is Recorder {
    enum Manner {
        Well,
        Revert,
        BurnAllGas,
        RevertWithBomb,
        ReturnBomb
    }

    Manner public manner;

    constructor(Gateway gateway, Manner first) Recorder(gateway) {
        manner = first;
    }

    function behave(Manner next) external {
        manner = next;
    }

    function receiveResult(bytes32 id, bytes calldata) external override {
        if (manner == Manner.Revert) revert("no");
        if (manner == Manner.BurnAllGas) {
            assembly {
                invalid()
            }
        }
        if (manner == Manner.RevertWithBomb) {
            assembly {
                revert(0, 190000)
            }
        }
        received[id] += 1;
        if (manner == Manner.ReturnBomb) {
            assembly {
                return(0, 190000)
            }
        }
    }
}

/// @title Needs much gas
contract Hungry is Recorder {
    uint256 private immutable WORDS;

    /// @param words Written in each callback, 22 100 gas and a little each.
    constructor(Gateway gateway, uint256 words) Recorder(gateway) {
        WORDS = words;
    }

    function receiveResult(bytes32 id, bytes calldata) external override {
        for (uint256 i = 0; i < WORDS; ++i) {
            received[keccak256(abi.encode(id, i))] = 1;
        }
        received[id] += 1;
    }
}

/// @title Calls the gateway back during the callback
contract Reentrant is Recorder {
    Result private _result;
    bytes32[32] private _proof;
    bytes private _payload;
    bool public delivers;
    bool public entered;

    constructor(Gateway gateway) Recorder(gateway) {}

    function prepare(Result calldata result, bytes32[32] calldata proof, bytes calldata payload, bool deliver) external {
        (_result, _proof, _payload, delivers) = (result, proof, payload, deliver);
    }

    function receiveResult(bytes32 id, bytes calldata result) external override {
        received[id] += 1;
        try this.enter(result) {
            entered = true;
        } catch {}
    }

    function enter(bytes calldata result) external {
        if (delivers) GATEWAY.deliver(_result, _proof, _payload);
        else GATEWAY.retry(_result.callId, result, type(uint32).max);
    }
}

/// @title Asks for the next task as soon as it has the result of the last
contract Repeating is Recorder {
    bytes32 public next;

    constructor(Gateway gateway, Rlc token) Recorder(gateway) {
        token.approve(address(gateway), type(uint256).max);
    }

    function receiveResult(bytes32 id, bytes calldata) external override {
        received[id] += 1;
        next = GATEWAY.request(Order(1, 1, 1, 0, 4, new string[](0), ""), 1e9, address(0), 0);
    }
}
