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
 * The node to test against: the one at `TALKA_URL`, or a new one made of the program at `TALKA_NODE`.
 * Returns its address, and how to stop it.
 */
export async function startNode() {
  if (process.env.TALKA_URL) {
    return { url: process.env.TALKA_URL, stop: async () => {} };
  }
  if (!process.env.TALKA_NODE) {
    throw new Error('there is no node\nhint: set TALKA_NODE to the path of talka-node, or TALKA_URL to ws://HOST:PORT');
  }
  const folder = mkdtempSync(join(tmpdir(), 'talka-js-'));
  const log = join(folder, 'node.log');
  const output = openSync(log, 'w');
  const chain = ['--chain', fastChain(folder), '--base-path', join(folder, 'chain')];
  const child = spawn(
    process.env.TALKA_NODE,
    ['--dev', ...chain, '--rpc-port', '0', '--port', '0', '--no-prometheus', '--no-telemetry'],
    { stdio: ['ignore', output, output] }
  );
  const over = new Promise((resolve) => child.once('close', resolve));
  let failure;
  child.once('error', (error) => (failure = error));
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);

  const stop = async () => {
    process.off('exit', killed);
    killed();
    await over;
    rmSync(folder, { recursive: true, force: true });
  };

  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(100)) {
    const text = readFileSync(log, 'utf8');
    const port = LISTENING.exec(text)?.[1];
    if (port) {
      return { url: `ws://127.0.0.1:${port}`, stop };
    }
    if (failure || child.exitCode !== null) {
      await stop();
      throw new Error(`the node ended at once: ${failure ?? `exit status ${child.exitCode}`}\n${text}`);
    }
  }
  await stop();
  throw new Error(`the node did not open its interface within ${PATIENCE_MS / 1000} seconds`);
}

/** The specification of a development chain with short slots; tasks keep their run times. Returns its path. */
function fastChain(folder) {
  const path = join(folder, 'chain.json');
  execFileSync(process.env.TALKA_NODE, ['export-chain-spec', '--chain', 'dev', '--output', path], { stdio: 'ignore' });
  const specification = JSON.parse(readFileSync(path, 'utf8'));
  const { validators, marketplace } = specification.genesis.runtimeGenesis.patch;
  const factor = validators.slotDuration / SLOT_MS;
  validators.slotDuration = SLOT_MS;
  for (const { item } of marketplace.categories) {
    item.run_time *= factor;
  }
  writeFileSync(path, JSON.stringify(specification));
  return path;
}
