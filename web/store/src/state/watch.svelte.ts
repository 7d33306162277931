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

/** Finds the blocks in which something has happened: the first, and the last, which is not after `now`. */
export type Span = (talka: Talka, now: number) => Promise<{ from: number; to: number }>;

/** Watches a deal from its beginning, as far as the node knows it: `span` finds what is read back. For the beginning of a component. */
export function watch(id: () => number, span: Span): Watch {
  const seen = new Watch();
  $effect(() => {
    const { talka } = connection;
    if (!talka) {
      return;
    }
    const stop = new AbortController();
    go(talka, id(), span, seen, stop.signal);
    return () => stop.abort();
  });
  return seen;
}

async function go(talka: Talka, id: number, span: Span, seen: Watch, signal: AbortSignal): Promise<void> {
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
          const until = first;
          past(talka, id, span, until, seen).then((steps) => {
            if (steps && !signal.aborted) {
              before = steps;
              // What the first block told of what was over is told by the past.
              live = live.filter(({ block }) => block.number > until);
              tell();
            }
          });
        }
        if (step.stage === 'replaced') {
          live = live.filter(({ block }) => block.hash !== step.block.hash);
        } else if (step.stage !== 'queued' || step.block.number === first) {
          live = [...live, inItsBlock(step)];
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

/** What had ended before is told in the first block that is followed: it belongs to the block of its end. */
const inItsBlock = (step: Step): Step =>
  step.outcome && step.outcome.at < step.block.number
    ? { ...step, block: { number: step.outcome.at, hash: `end ${step.outcome.at}` } }
    : step;

/** What has happened until a block; nothing where the node has forgotten it. */
async function past(talka: Talka, id: number, span: Span, until: number, seen: Watch): Promise<Step[] | undefined> {
  try {
    const steps: Step[] = [];
    const { from, to } = await span(talka, until);
    for await (const step of history(talka, id, from, to)) {
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
