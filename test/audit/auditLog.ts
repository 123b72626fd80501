import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createChainFile, type ChainFile, type ChainFileOptions } from '../../src/audit/chain/chainFile.ts';
import { createChainHash } from '../../src/audit/chain/chainHash.ts';
import { createEventRecorder } from '../../src/audit/eventRecorder.ts';
import type { GateEvent } from '../../src/events/gateEvent.ts';

export const AUDIT_NOW = Date.UTC(2026, 10, 21, 9);

/** A recorder that only turns events into text. */
export function describeEvent(event: GateEvent): string {
  return createEventRecorder({
    source: 'urn:test:gate',
    nameUser: () => undefined,
    now: () => AUDIT_NOW,
  }).describe(event);
}

/** Some event of a decision; `index` tells it from others. */
export function eventJson(index: number): string {
  return describeEvent({
    type: 'DEVICE_COMPLIANCE_CHECKED',
    id: `decision-${index}`,
    who: { kind: 'caller', name: 'journeys' },
    what: 'decide',
    outcome: 'Compliant',
    reason: 'compliant',
    decisionId: `decision-${index}`,
    device: { id: '5b0d9c39-7e1a-4a3e-9f0b-6f2d3c1a0001' },
  });
}

/** A chain file in a folder of its own, without lengthy waits. */
export function testChainFile(
  parent: string,
  changes: Partial<ChainFileOptions> = {},
): { readonly file: ChainFile; readonly path: string; readonly options: ChainFileOptions } {
  const path = changes.path ?? join(mkdtempSync(join(parent, 'log-')), 'audit.jsonl');
  const options: ChainFileOptions = {
    path,
    hash: createChainHash(),
    rotateBytes: 1_000_000,
    rotateDaily: false,
    keepFiles: undefined,
    sync: 'never',
    now: () => AUDIT_NOW,
    describe: describeEvent,
    onEvent: () => undefined,
    ...changes,
  };
  return { file: createChainFile(options), path, options };
}
