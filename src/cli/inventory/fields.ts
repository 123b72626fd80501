import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FIELDS } from '../../inventory/fields/fieldCatalogue.ts';
import { surveyFields, type SurveyedField } from '../../inventory/fields/surveyFields.ts';
import type { DeviceFeed, RawDevice } from '../../inventory/sync/deviceFeed.ts';
import { SyncError } from '../../inventory/sync/syncError.ts';
import type { ExitCode, Io } from '../command.ts';
import { escapeControlsByLine } from '../escapeControls.ts';
import { parseOptions, required } from '../parseOptions.ts';
import { formatTable } from './formatTable.ts';
import { locateFiles, openTenant } from './openInventory.ts';

const CALL_MS = 60_000;
/** How many devices are read one by one, for the fields that lists do not tell. */
const DETAILED = 5;

/** What Intune returns for a tenant. */
export async function fieldsAction(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = parseOptions(args, {
    config: { type: 'string', short: 'c' },
    demo: { type: 'boolean' },
    tenant: { type: 'string', default: 'default' },
    personal: { type: 'boolean' },
    cache: { type: 'string' },
    json: { type: 'boolean' },
  });
  const { config: file } = locateFiles(values);
  const config = required(file, '--config FILE');
  const cache = values.cache ?? join(dirname(config), 'inventory-fields.json');
  const tenant = openTenant(config, values.tenant, io.environment);
  const tell = (fields: readonly SurveyedField[], at: number, isOld: boolean): void => {
    const shown = fields.map((field) =>
      field.personal && values.personal !== true ? { ...field, example: undefined } : field,
    );
    io.out(
      values.json === true
        ? `${escapeControlsByLine(JSON.stringify({ at: new Date(at).toISOString(), old: isOld, fields: shown }, null, 2))}\n`
        : `${describeFields(shown)}\n`,
    );
  };
  try {
    const fields = await survey(tenant.feed, io.stopped);
    const now = Date.now();
    tell(fields, now, false);
    remember(cache, values.tenant, fields, now, io);
    return 0;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const last = recall(cache, values.tenant);
    io.err(`intune-gate inventory: Intune could not be asked: ${error.message}\n`);
    if (last === undefined) return 3;
    io.err(`This list is old, from ${new Date(last.at).toISOString()}.\n`);
    tell(last.fields, last.at, true);
    return 3;
  } finally {
    await tenant.close();
  }
}

async function survey(feed: DeviceFeed, signal: AbortSignal): Promise<readonly SurveyedField[]> {
  const options = () => ({ signal, deadline: Date.now() + CALL_MS });
  const select = FIELDS.map(({ graph }) => graph);
  const page = await feed.readPage({ select }, undefined, options());
  if (!page.ok) throw new SyncError('upstream', `${page.detail} (${page.reason})`);
  const { rows } = page.value;
  const detailed: RawDevice[] = [];
  for (const row of rows.slice(0, DETAILED)) {
    const answer = await feed.readDevice(String(row['id']), select, options());
    if (!answer.ok) throw new SyncError('upstream', `${answer.detail} (${answer.reason})`);
    if (answer.value !== undefined) detailed.push(answer.value);
  }
  return surveyFields(rows, detailed);
}

function describeFields(fields: readonly SurveyedField[]): string {
  return formatTable(
    ['field', 'in Graph', 'type', 'unit', 'empty', 'identifies', 'personal', 'example', 'note'],
    fields.map(({ name, graph, type, unit, sent, emptyPercent, identifier, personal, example, note }) => [
      name,
      graph,
      type,
      unit ?? '',
      emptyPercent === undefined ? '' : `${emptyPercent} %`,
      identifier,
      personal ? 'personal' : '',
      example ?? '',
      sent ? (note ?? '') : 'not sent',
    ]),
  );
}

const rememberedSchema = z.object({
  tenant: z.string(),
  at: z.number(),
  fields: z.array(
    z.object({
      name: z.string(),
      graph: z.string(),
      type: z.enum(['text', 'number', 'boolean', 'date']),
      unit: z
        .string()
        .optional()
        .transform((unit) => unit),
      personal: z.boolean(),
      sent: z.boolean(),
      emptyPercent: z
        .number()
        .optional()
        .transform((percent) => percent),
      example: z
        .string()
        .optional()
        .transform((example) => example),
      identifier: z.string(),
      note: z
        .string()
        .optional()
        .transform((note) => note),
    }),
  ),
});

/** Examples of personal fields are not kept. That there is no place for the list is no failure of the call. */
function remember(cache: string, tenant: string, fields: readonly SurveyedField[], at: number, io: Io): void {
  const kept = fields.map((field) => (field.personal ? { ...field, example: undefined } : field));
  try {
    writeFileSync(cache, JSON.stringify({ tenant, at, fields: kept }), { mode: 0o600 });
  } catch {
    io.err(`The list could not be kept in ${cache}.\n`);
  }
}

function recall(cache: string, tenant: string): { at: number; fields: readonly SurveyedField[] } | undefined {
  if (!existsSync(cache)) return undefined;
  try {
    const parsed = rememberedSchema.safeParse(JSON.parse(readFileSync(cache, 'utf8')));
    if (!parsed.success || parsed.data.tenant !== tenant) return undefined;
    return {
      at: parsed.data.at,
      fields: parsed.data.fields.map((field) => ({
        ...field,
        unit: field.unit,
        emptyPercent: field.emptyPercent,
        example: field.example,
        note: field.note,
      })),
    };
  } catch {
    return undefined;
  }
}
