import type { ExitCode, Io } from '../command.ts';
import { escapeControlsByLine } from '../escapeControls.ts';
import { parseOptions, required } from '../parseOptions.ts';
import { locateFiles, openTenant, readMapping, targetAccess } from './openInventory.ts';
import { reportOf } from './report.ts';
import { runMapping } from './runMapping.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import { createProgress, describeResult, tellSyncError } from './tellSync.ts';

/** One run of one mapping. */
export async function syncAction(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = parseOptions(args, {
    config: { type: 'string', short: 'c' },
    mapping: { type: 'string', short: 'm' },
    demo: { type: 'boolean' },
    full: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    report: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const files = locateFiles(values);
  const config = required(files.config, '--config FILE');
  const source = readMapping(required(files.mapping, '--mapping FILE'));
  const dryRun = values['dry-run'] === true;
  try {
    if (!source.ok)
      throw new SyncError('findings', 'the mapping has findings', { findings: source.findings });
    if (!source.mapping.active) {
      io.err(`The mapping ${source.mapping.name} is not active; nothing was done.\n`);
      return 0;
    }
    const access = targetAccess(source, files.folder ?? '.', io.environment);
    const tenant = openTenant(config, source.mapping.tenant, io.environment);
    const progress = createProgress(io, process.stderr.isTTY, 0, Date.now);
    try {
      const result = await runMapping({
        source,
        feed: tenant.feed,
        access,
        full: values.full === true,
        dryRun,
        signal: io.stopped,
        onProgress: progress.on,
      });
      progress.end();
      io.out(
        values.json === true
          ? `${escapeControlsByLine(JSON.stringify({ dryRun, ...result }, null, 2))}\n`
          : describeResult(result, dryRun),
      );
    } finally {
      progress.end();
      await tenant.close();
    }
    if (values.report === true && !dryRun)
      io.out(`\n${await reportOf(source, access, { format: 'table', since: undefined })}`);
    return 0;
  } catch (error) {
    return tellSyncError(error, io);
  }
}
