import { closedLoop } from './closedLoop.ts';
import { journeyLoop } from './journeyLoop.ts';
import type { LoadPlan } from './loadPlan.ts';

/** A process of its own: takes plans from its parent, one after the other, and answers with what came of them. */
process.on('message', (plan: LoadPlan) => {
  const { journey } = plan;
  (journey === undefined ? closedLoop(plan) : journeyLoop(plan, journey)).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
