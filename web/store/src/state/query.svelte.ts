// What is asked of the chain, asked again when the chain goes on. What was known stays on the screen meanwhile.

import type { Talka } from '@talka/sdk';
import { type Fault, fault } from '../lib/fault';
import { connection } from './connection.svelte';

/** The answer to a question about the chain. */
export class Query<Answer> {
  /** The last answer. */
  value = $state.raw<Answer>();
  /** Why there is none. */
  fault = $state.raw<Fault>();
  /** Whether the first answer is awaited. */
  isWaiting = $state(true);
}

/** How a question is asked. */
export interface QueryOptions {
  /** Whether it is asked once, and not again when the chain goes on. */
  once?: boolean;
}

/**
 * Asks now, whenever what the question reads changes, and, if it is not for once, when the chain goes on. For the beginning of a
 * component: of another number there is another component.
 */
export function query<Answer>(ask: (talka: Talka) => Promise<Answer>, { once = false }: QueryOptions = {}): Query<Answer> {
  const answer = new Query<Answer>();
  let asked = 0;
  let taken = 0;
  $effect(() => {
    const { talka } = connection;
    if (!once) {
      void connection.pulse;
    }
    if (!talka) {
      return;
    }
    const mine = ++asked;
    ask(talka).then(
      (value) => {
        if (mine > taken) {
          taken = mine;
          answer.value = value;
          answer.fault = undefined;
          answer.isWaiting = false;
        }
      },
      (error) => {
        // While the connection is lost, what was known stays.
        if (mine > taken && connection.status === 'ready') {
          taken = mine;
          answer.fault = fault(error);
          answer.isWaiting = false;
        }
      }
    );
  });
  return answer;
}
