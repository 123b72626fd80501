import { writeFileSync } from 'node:fs';
import { describeFileError } from '../../config/resolution.ts';
import { GateError } from '../../errors.ts';
import { openExpressionEngine } from '../../inventory/expressions/expressionEngine.ts';
import type { MappingFile } from '../../inventory/mapping/parseMapping.ts';
import { planMapping } from '../../inventory/mapping/planMapping.ts';
import { csvReport } from '../../inventory/reports/csvReport.ts';
import { htmlReport } from '../../inventory/reports/htmlReport.ts';
import { readReport } from '../../inventory/reports/readReport.ts';
import type { Report } from '../../inventory/reports/report.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import { openSession, type TargetAccess } from '../../inventory/targets/openTarget.ts';
import { TargetError } from '../../inventory/targets/targetError.ts';
import type { ExitCode, Io } from '../command.ts';
import { parseOptions, required } from '../parseOptions.ts';
import { formatTable } from './formatTable.ts';
import { locateFiles, readMapping, targetAccess } from './openInventory.ts';
import { tellSyncError } from './tellSync.ts';

const FORMATS = ['table', 'csv', 'html'] as const;
type Format = (typeof FORMATS)[number];

const MONTH_MS = 30 * 86_400_000;

/** What the target knows of the fleet. */
export async function reportAction(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = parseOptions(args, {
    config: { type: 'string', short: 'c' },
    mapping: { type: 'string', short: 'm' },
    demo: { type: 'boolean' },
    since: { type: 'string' },
    format: { type: 'string', default: 'table' },
    output: { type: 'string', short: 'o' },
  });
  const format = FORMATS.find((known) => known === values.format);
  if (format === undefined) throw new GateError('usage', `--format is one of: ${FORMATS.join(', ')}`);
  const since = values.since === undefined ? undefined : parseDate(values.since);
  const files = locateFiles(values);
  const source = readMapping(required(files.mapping, '--mapping FILE'));
  try {
    if (!source.ok)
      throw new SyncError('findings', 'the mapping has findings', { findings: source.findings });
    const text = await reportOf(source, targetAccess(source, files.folder ?? '.', io.environment), {
      format,
      since,
    });
    if (values.output === undefined) io.out(text);
    else writeReport(values.output, text);
    return 0;
  } catch (error) {
    return tellSyncError(error, io);
  }
}

/** @throws SyncError */
export async function reportOf(
  source: MappingFile,
  access: TargetAccess,
  { format, since }: { readonly format: Format; readonly since: number | undefined },
): Promise<string> {
  const engine = await openExpressionEngine(Date.now());
  try {
    const planned = await planMapping(source, engine);
    if (!planned.ok)
      throw new SyncError('findings', 'the mapping has findings', { findings: planned.findings });
    const session = await openSession(source.mapping.target, access, true);
    try {
      const now = Date.now();
      const report = await readReport(session, planned.plan, { now, since: since ?? now - MONTH_MS });
      if (report === undefined)
        throw new SyncError('target', 'nothing was copied yet; intune-gate inventory sync does it');
      return format === 'html'
        ? htmlReport(report)
        : format === 'csv'
          ? csvReport(report)
          : tableReport(report);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof TargetError) throw new SyncError('target', error.message, { cause: error });
    throw error;
  } finally {
    engine.close();
  }
}

function tableReport({ title, devices, sections }: Report): string {
  return [
    `${title}: ${devices} devices`,
    ...sections.map(({ title: name, columns, rows, note }) =>
      [
        '',
        name,
        ...(rows.length === 0 ? [] : [formatTable(columns, rows)]),
        ...(note === undefined ? [] : [note]),
      ].join('\n'),
    ),
    '',
  ].join('\n');
}

function parseDate(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new GateError('usage', '--since is a date such as 2026-11-01');
  return ms;
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw new GateError('usage', `${file} cannot be written: ${describeFileError(error)}`, { cause: error });
  }
}
