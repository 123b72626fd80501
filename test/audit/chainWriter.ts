import { existsSync, readFileSync } from 'node:fs';
import { createChainFile } from '../../src/audit/chain/chainFile.ts';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import { describeEvent } from './auditLog.ts';

/** A process that writes a chain until it is killed, and says how many of its events are written. */
const [, , path = ''] = process.argv;
const before = existsSync(path) ? readFileSync(path, 'utf8').matchAll(/"id":"(\d+)-\d+"/g) : [];
const run = Math.max(0, ...[...before].map(([, number]) => Number(number))) + 1;
const file = createChainFile({
  path,
  hash: createChainHash(),
  rotateBytes: 1_000_000_000,
  rotateDaily: false,
  keepFiles: undefined,
  sync: 'never',
  now: Date.now,
  describe: describeEvent,
  onEvent: () => undefined,
});
for (let count = 0; ;) {
  const events = Array.from({ length: 20 }, (_, index) =>
    describeEvent({
      type: 'CONNECTOR_INVOKED',
      id: `${run}-${count + index + 1}`,
      who: { kind: 'operator' },
      what: 'x'.repeat(200),
      outcome: 'done',
    }),
  );
  await file.append(events);
  count += events.length;
  process.stdout.write(`${count}\n`);
}
