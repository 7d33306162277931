// A worker process for the time of a test.

import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The program at `TALKA_WORKER`, at work for an account of the development chain, with its files below `folder`. Gives how to
 * stop it, and what it has said.
 */
export function startWorker(url, name, folder, options = []) {
  if (!process.env.TALKA_WORKER) {
    throw new Error('there is no worker\nhint: set TALKA_WORKER to the path of talka-worker');
  }
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(
    process.env.TALKA_WORKER,
    ['--url', url, '--key', `dev:${name}`, '--base-path', join(folder, name), '--slots', '1', ...options],
    { stdio: ['ignore', output, output] }
  );
  const over = new Promise((resolve) => child.once('close', resolve));
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  const stop = async () => {
    process.off('exit', killed);
    killed();
    await over;
  };
  return { stop, says: () => readFileSync(log, 'utf8') };
}
