// A light client of the network in a specification: `node light-client.js SPECIFICATION`.
//
// Prints `final HEIGHT HASH` for each block that it has verified to be final, until it is stopped.

import { readFileSync } from 'node:fs';
import { start } from 'smoldot';

const WARNING = 2; // of smoldot's levels: 1 is an error, 5 a trace

const client = start({
  maxLogLevel: Number(process.env.LIGHT_CLIENT_LOG ?? WARNING),
  logCallback: (level, target, message) => console.error(`${level} ${target}: ${message}`),
});
const chain = await client.addChain({ chainSpec: readFileSync(process.argv[2], 'utf8') });

let last = 0;
const answers = new Map();

function call(method, params) {
  const id = ++last;
  chain.sendJsonRpc(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
}

let subscription;

async function tell(hash) {
  const answer = await call('chainHead_v1_header', [subscription, hash]);
  // SCALE: the parent's hash, then the height as a compact number.
  console.log(`final ${compact(Buffer.from(answer.slice(2), 'hex').subarray(32))} ${hash}`);
  await call('chainHead_v1_unpin', [subscription, [hash]]);
}

function compact(bytes) {
  switch (bytes[0] & 3) {
    case 0:
      return bytes[0] >> 2;
    case 1:
      return bytes.readUInt16LE(0) >> 2;
    default:
      return bytes.readUInt32LE(0) >>> 2;
  }
}

async function follow() {
  subscription = await call('chainHead_v1_follow', [false]);
}

async function hear({ event, finalizedBlockHashes, prunedBlockHashes }) {
  if (event === 'initialized' || event === 'finalized') {
    for (const hash of finalizedBlockHashes) {
      await tell(hash);
    }
    if (prunedBlockHashes?.length) {
      await call('chainHead_v1_unpin', [subscription, prunedBlockHashes]);
    }
  } else if (event === 'stop') {
    // It was too far behind: it has warped, and begins again from there.
    await follow();
  }
}

follow();
// Events are told in their order, while answers keep coming in.
let told = Promise.resolve();
for (;;) {
  const message = JSON.parse(await chain.nextJsonRpcResponse());
  if (message.id !== undefined) {
    const { resolve, reject } = answers.get(message.id);
    answers.delete(message.id);
    message.error ? reject(new Error(message.error.message)) : resolve(message.result);
  } else {
    told = told.then(() => hear(message.params.result));
  }
}
