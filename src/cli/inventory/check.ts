import { openExpressionEngine } from '../../inventory/expressions/expressionEngine.ts';
import { formatFinding, type Finding } from '../../inventory/finding.ts';
import { planMapping } from '../../inventory/mapping/planMapping.ts';
import { checkKeys } from '../../inventory/sync/checkKeys.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import { openTarget } from '../../inventory/targets/openTarget.ts';
import { TargetError } from '../../inventory/targets/targetError.ts';
import type { ExitCode, Io } from '../command.ts';
import { escapeControls, escapeControlsByLine } from '../escapeControls.ts';
import { parseOptions, required } from '../parseOptions.ts';
import { locateFiles, openTenant, readMapping, targetAccess } from './openInventory.ts';
import { tellSyncError } from './tellSync.ts';

/** Everything about a mapping that can be known before a run. Writes nothing. */
export async function checkAction(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(
    args,
    {
      config: { type: 'string', short: 'c' },
      mapping: { type: 'string', short: 'm' },
      demo: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    true,
  );
  const files = locateFiles({ ...values, mapping: values.mapping ?? positionals[0] });
  try {
    const findings = await findFindings(
      required(files.mapping, '--mapping FILE'),
      files.config,
      files.folder ?? '.',
      io,
    );
    if (values.json === true) io.out(`${escapeControlsByLine(JSON.stringify({ findings }, null, 2))}\n`);
    else if (findings.length === 0) io.out('The mapping can be used.\n');
    else for (const finding of findings) io.out(`${escapeControls(formatFinding(finding))}\n`);
    return findings.length === 0 ? 0 : 2;
  } catch (error) {
    return tellSyncError(
      error instanceof TargetError ? new SyncError('target', error.message, { cause: error }) : error,
      io,
    );
  }
}

async function findFindings(
  file: string,
  config: string | undefined,
  folder: string,
  io: Io,
): Promise<readonly Finding[]> {
  const source = readMapping(file);
  if (!source.ok) return source.findings;
  const engine = await openExpressionEngine(Date.now());
  try {
    const planned = await planMapping(source, engine);
    if (!planned.ok) return planned.findings;
    if (config === undefined) return [];
    const { plan } = planned;
    const tenant = openTenant(config, source.mapping.tenant, io.environment);
    try {
      const access = targetAccess(source, folder, io.environment);
      const target = await openTarget({ plan, access, now: Date.now, lookOnly: true });
      try {
        const ofTarget = await target.check();
        const ofKeys = await checkKeys({
          plan,
          engine,
          feed: tenant.feed,
          signal: io.stopped,
          now: Date.now,
        });
        return [...ofTarget, ...ofKeys];
      } finally {
        await target.close();
      }
    } finally {
      await tenant.close();
    }
  } finally {
    engine.close();
  }
}
