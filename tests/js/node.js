// A development node for the time of a test.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const SLOT_MS = 500; // a quarter of what public networks have
const LISTENING = /Running JSON-RPC server: addr=[^\s]*127\.0\.0\.1:(\d+)/;

/**
 * The node to test against: the one at `TALKA_URL`, or a new one made of the program at `TALKA_NODE`, at a free port or a given one.
 * Returns its address, how to stop it, and how to end it as a power cut would and start it again.
 */
export async function startNode({ port = 0, slot = SLOT_MS } = {}) {
  if (process.env.TALKA_URL) {
    const notOurs = async () => {
      throw new Error('the node at TALKA_URL is not ours to end\nhint: set TALKA_NODE instead');
    };
    return { url: process.env.TALKA_URL, stop: async () => {}, kill: notOurs, restart: notOurs };
  }
  if (!process.env.TALKA_NODE) {
    throw new Error('there is no node\nhint: set TALKA_NODE to the path of talka-node, or TALKA_URL to ws://HOST:PORT');
  }
  const folder = mkdtempSync(join(tmpdir(), 'talka-js-'));
  const chain = ['--chain', fastChain(folder, slot), '--base-path', join(folder, 'chain')];
  let running = await run(folder, chain, port).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });

  const kill = () => running.kill();
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  const restart = async () => {
    running = await run(folder, chain, running.port);
  };
  return { url: `ws://127.0.0.1:${running.port}`, stop, kill, restart };
}

/** Starts the program. Gives its port and how to kill it when it listens. */
async function run(folder, chain, wanted) {
  const log = join(folder, 'node.log');
  const output = openSync(log, 'w');
  const child = spawn(
    process.env.TALKA_NODE,
    ['--dev', ...chain, '--rpc-port', String(wanted), '--port', '0', '--no-prometheus', '--no-telemetry'],
    { stdio: ['ignore', output, output] }
  );
  const over = new Promise((resolve) => child.once('close', resolve));
  let failure;
  child.once('error', (error) => (failure = error));
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);

  const kill = async () => {
    process.off('exit', killed);
    killed();
    await over;
  };

  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) {
    const text = readFileSync(log, 'utf8');
    const port = LISTENING.exec(text)?.[1];
    if (port) {
      return { port, kill };
    }
    if (failure || child.exitCode !== null) {
      await kill();
      throw new Error(`the node ended at once: ${failure ?? `exit status ${child.exitCode}`}\n${text}`);
    }
  }
  await kill();
  throw new Error(`the node did not open its interface within ${PATIENCE_MS / 1000} seconds`);
}

/** The specification of a development chain with short slots; tasks keep their run times. Returns its path. */
function fastChain(folder, slot) {
  const path = join(folder, 'chain.json');
  execFileSync(process.env.TALKA_NODE, ['export-chain-spec', '--chain', 'dev', '--output', path], { stdio: 'ignore' });
  const specification = JSON.parse(readFileSync(path, 'utf8'));
  const { validators, marketplace } = specification.genesis.runtimeGenesis.patch;
  const factor = validators.slotDuration / slot;
  validators.slotDuration = slot;
  for (const { item } of marketplace.categories) {
    item.run_time *= factor;
  }
  writeFileSync(path, JSON.stringify(specification));
  return path;
}
