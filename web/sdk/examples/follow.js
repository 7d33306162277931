// Follows a deal until its tasks are over: node examples/follow.js DEAL

import { connect, follow, task as open } from '@talka/sdk';

const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
for await (const { block, stage, task, who, outcome, progress } of follow(talka, Number(process.argv[2]))) {
  const words = [task && `task ${task.deal}.${task.index}`, who && `by ${who}`, outcome?.kind].filter(Boolean);
  console.log(`block ${block.number}: ${stage} ${words.join(' ')} (${progress.completed} completed)`);
  if (stage === 'committed') {
    const { contributions } = (await open(talka, task, block)) ?? { contributions: [] };
    console.log(`  ${contributions.map(({ worker, role, stage }) => `${worker}: ${role}, ${stage}`).join('; ')}`);
  }
}
talka.close();
