// A deal that is watched: what has happened with it, and what happens.

import { follow, history, type Progress, type Step, type Talka } from '@talka/sdk';
import { type Fault, fault } from '../lib/fault';
import { connection } from './connection.svelte';

/** How long to wait before a deal is followed again after an error, in milliseconds. */
const PAUSE = 2_000;

/** What is known of a deal’s life. */
export class Watch {
  /** What has happened, in its order. */
  steps = $state.raw<Step[]>([]);
  /** How far the deal is. */
  progress = $state.raw<Progress>();
  /** Whether what happened before is being read. */
  isReading = $state(true);
  /** Whether the node has forgotten what happened before. */
  isCut = $state(false);
  /** Why the deal cannot be followed. */
  fault = $state.raw<Fault>();
}

/**
 * Watches a deal from the block in which it began, as far as the node knows it. `since` finds that block. For the beginning of a component.
 */
export function watch(id: () => number, since: (talka: Talka, now: number) => Promise<number>): Watch {
  const seen = new Watch();
  $effect(() => {
    const { talka } = connection;
    if (!talka) {
      return;
    }
    const stop = new AbortController();
    go(talka, id(), since, seen, stop.signal);
    return () => stop.abort();
  });
  return seen;
}

async function go(
  talka: Talka,
  id: number,
  since: (talka: Talka, now: number) => Promise<number>,
  seen: Watch,
  signal: AbortSignal
): Promise<void> {
  while (!signal.aborted) {
    let first: number | undefined;
    let before: Step[] = [];
    let live: Step[] = [];
    const tell = () => {
      seen.steps = [...before, ...live];
    };
    try {
      for await (const step of follow(talka, id, { signal })) {
        if (signal.aborted) {
          return;
        }
        seen.fault = undefined;
        seen.progress = step.progress;
        if (first === undefined) {
          first = step.block.number;
          past(talka, id, since, first, seen).then((steps) => {
            if (steps && !signal.aborted) {
              before = steps;
              // What the first block told of what was over is told by the past.
              live = live.filter(({ block }) => block.number > (first ?? 0));
              tell();
            }
          });
        }
        if (step.stage === 'replaced') {
          live = live.filter(({ block }) => block.hash !== step.block.hash);
        } else if (step.stage !== 'queued' || step.block.number === first) {
          live = [...live, step];
        }
        tell();
      }
      return;
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (connection.status === 'ready') {
        seen.fault = fault(error);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** What has happened until a block; nothing where the node has forgotten it. */
async function past(
  talka: Talka,
  id: number,
  since: (talka: Talka, now: number) => Promise<number>,
  until: number,
  seen: Watch
): Promise<Step[] | undefined> {
  try {
    const steps: Step[] = [];
    for await (const step of history(talka, id, await since(talka, until), until)) {
      steps.push(step);
    }
    return steps;
  } catch {
    seen.isCut = true;
    return undefined;
  } finally {
    seen.isReading = false;
  }
}
