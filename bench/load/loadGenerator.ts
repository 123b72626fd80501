import { closedLoop } from './closedLoop.ts';
import type { LoadPlan } from './loadPlan.ts';

/** A process of its own: takes plans from its parent, one after the other, and answers with what came of them. */
process.on('message', (plan: LoadPlan) => {
  closedLoop(plan).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
