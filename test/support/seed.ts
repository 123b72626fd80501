import * as fc from 'fast-check';

/** The same cases on every run, so that a failure is the change's own. `FC_SEED=$RANDOM npm test` looks elsewhere. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 4711) });
