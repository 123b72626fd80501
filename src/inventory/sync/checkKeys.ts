import type { ExpressionEngine } from '../expressions/expressionEngine.ts';
import type { Finding } from '../finding.ts';
import type { Plan } from '../mapping/plan.ts';
import type { DeviceFeed } from './deviceFeed.ts';
import { readAllPages } from './readAllPages.ts';
import { createTransformer, valuesJson } from './transformDevices.ts';

const MOST_EXAMPLES = 5;

/**
 * Reads what the unique key is made of, of all devices, and says whether it is unique. A key that is the Intune id cannot be there
 * twice, and needs no reading. Devices without a key are no finding: they are skipped, and counted.
 *
 * @throws SyncError `upstream` if the list cannot be read
 */
export async function checkKeys(options: {
  readonly plan: Plan;
  readonly engine: ExpressionEngine;
  readonly feed: DeviceFeed;
  readonly signal: AbortSignal;
  readonly now: () => number;
}): Promise<readonly Finding[]> {
  const { plan, engine } = options;
  if (plan.keyIsDeviceId || plan.source.mapping.mode === 'discovery') return [];
  const needed = plan.fields.filter(
    (field) =>
      plan.keyFields.includes(field) || plan.filter?.fields.has(field) === true || field.graph === 'id',
  );
  const narrow: Plan = { ...plan, fields: needed, columns: [plan.key], owner: undefined };
  const transformer = createTransformer(engine, narrow, new Map());
  const devices = new Map<string, number>();
  let all = 0;
  for await (const { rows } of readAllPages({
    ...options,
    query: { select: needed.map(({ graph }) => graph) },
  })) {
    const read = transformer.read(rows);
    const { assets = [], skipped } = await transformer.transform(read.devices, valuesJson(read.devices));
    for (const { key } of assets) devices.set(key, (devices.get(key) ?? 0) + 1);
    // Twice on one page.
    if ((skipped['duplicateKey'] ?? 0) > 0) all += skipped['duplicateKey'] ?? 0;
  }
  const repeated = [...devices].filter(([, count]) => count > 1);
  const affected = repeated.length + all;
  if (affected === 0) return [];
  const line = plan.source.lineOf(['key']);
  const examples = repeated.slice(0, MOST_EXAMPLES).map(([key]) => JSON.stringify(key.slice(0, 60)));
  return [
    {
      code: 'keyNotUnique',
      message: `the key ${plan.key.name} is not unique: ${affected} ${affected === 1 ? 'device has' : 'devices have'} the key of another${plan.key.personal || examples.length === 0 ? '' : `, such as ${examples.join(', ')}`}.`,
      todo: 'Use Id, or let a filter leave out what re-enrolments left behind; `intune-gate inventory report` lists duplicates by serial number.',
      file: plan.source.file,
      ...(line === undefined ? {} : { line }),
    },
  ];
}
