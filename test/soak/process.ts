/** The one process that is soaked: opens the folder, and does what its parent says until it is killed. */
import { z } from 'zod';
import { measure } from '../../functions/sweep/measure.ts';
import { startDirect } from '../../local/direct/system.ts';
import { Order, type Report } from './orders.ts';

const [folder = ''] = process.argv.slice(2);
const system = await startDirect(folder);
const orders = z.object({ number: z.number(), order: Order });

async function obey(order: z.infer<typeof Order>): Promise<Partial<z.infer<typeof Report>>> {
  switch (order.kind) {
    case 'save':
      await system.save(order.destination, order.sync);
      return {};
    case 'start':
      await system.start(order.sync);
      return {};
    case 'settle': {
      const run = await system.follow(order.sync, (await system.start(order.sync)) ?? '');
      return { status: run.status };
    }
    case 'age': {
      const figures = await measure({ runs: system.runs, clock: { now: Date.now } });
      return { ageSeconds: figures.find(({ name }) => name === 'OldestWorkAge')?.value ?? 0 };
    }
    case 'list': {
      const { items } = await system.runs.listRuns(order.sync, 10_000);
      return {
        runs: items.map(({ id, trigger, startedAt, closedAt }) => ({
          id,
          trigger,
          startedAt,
          ...(closedAt !== undefined && { closedAt }),
        })),
      };
    }
  }
}

process.on('message', (message) => {
  const { number, order } = orders.parse(message);
  obey(order)
    .then((said) => process.send?.({ number, ...said }))
    .catch((error: unknown) => process.send?.({ number, error: String(error) }));
});
// A parent that is gone wants nothing any more.
process.on('disconnect', () => process.exit());
await system.recover();
system.watch();
process.send?.({ number: 0 });
