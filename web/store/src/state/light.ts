// A light client in the page: it verifies what is final by itself. It comes only when it is asked for: it is large.

import type { JsonRpcProvider } from 'polkadot-api';

/** The chain of a specification, over a light client that runs beside the page. */
export async function lightProvider(chainSpec: string): Promise<JsonRpcProvider> {
  const [{ getSmProvider }, { startFromWorker }, { default: SmoldotWorker }] = await Promise.all([
    import('polkadot-api/sm-provider'),
    import('polkadot-api/smoldot/from-worker'),
    import('polkadot-api/smoldot/worker?worker'),
  ]);
  const client = startFromWorker(new SmoldotWorker());
  return getSmProvider(() => client.addChain({ chainSpec }));
}

/** A specification as the light client wants it, with one more node to begin with where one is named. */
export function withBootNode(specification: string, node: string): { text: string; name: string } {
  const read = JSON.parse(specification) as { name?: unknown; bootNodes?: unknown };
  if (typeof read.name !== 'string' || typeof read !== 'object') {
    throw new SyntaxError('this is no specification of a chain');
  }
  const nodes = Array.isArray(read.bootNodes) ? read.bootNodes : [];
  return { text: JSON.stringify({ ...read, bootNodes: node ? [node, ...nodes] : nodes }), name: read.name };
}
