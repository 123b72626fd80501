import { parseStrictJson } from '../strictJson.ts';
import { readBoundedLines } from './boundedLines.ts';
import { LONGEST_HEADER_LINE, MOST_HEADERS, parseHeaderLines, parseRawHeaders } from './headerLines.ts';
import type { Inspector } from './inspectCertificate.ts';
import { rejectedReport, type InspectionReport } from './inspectionReport.ts';
import {
  findMeantKey,
  findSettingName,
  parseSettings,
  type InspectionSettings,
  type RawSettings,
  type SettingName,
} from './inspectionSettings.ts';

/** Longest line of JSON, in bytes: it may hold a bundle of CAs and revocation lists. */
const LONGEST_JSON_LINE = 8 * 1_048_576;
const LONGEST_PEM = 262_144;

/** Judges the PEM text of a stream. */
export async function inspectPem(
  inspector: Inspector,
  settings: InspectionSettings,
  input: AsyncIterable<Uint8Array>,
): Promise<InspectionReport> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    length += chunk.length;
    if (length > LONGEST_PEM) return rejectedReport('inputMalformed', 'the PEM text is too long');
    chunks.push(chunk);
  }
  return inspector.inspect({ pem: Buffer.concat(chunks).toString('latin1') }, settings);
}

/** Judges the header lines of a stream. */
export async function inspectHeaders(
  inspector: Inspector,
  settings: InspectionSettings,
  input: AsyncIterable<Uint8Array>,
): Promise<InspectionReport> {
  const lines: string[] = [];
  for await (const line of readBoundedLines(input, LONGEST_HEADER_LINE)) {
    if ('tooLong' in line) return rejectedReport('inputMalformed', `line ${lines.length + 1} is too long`);
    // One character a byte, as Node hands over headers.
    lines.push(line.bytes.toString('latin1'));
    // A request line and empty lines may stand between the headers.
    if (lines.length > 2 * MOST_HEADERS) return rejectedReport('inputMalformed', 'there are too many lines');
  }
  const parsed = parseHeaderLines(lines);
  return parsed.ok
    ? inspector.inspect({ headers: parsed.headers }, settings)
    : rejectedReport('inputMalformed', parsed.detail);
}

export interface LineCounts {
  readonly lines: number;
  readonly accepted: number;
}

/**
 * Judges a stream of JSON lines one by one and answers each before it reads the next. Empty lines are skipped.
 *
 * @param defaults - options that hold where a line does not say otherwise
 */
export async function inspectLines(
  inspector: Inspector,
  defaults: RawSettings,
  input: AsyncIterable<Uint8Array>,
  answer: (report: LineReport) => void,
): Promise<LineCounts> {
  let lines = 0;
  let accepted = 0;
  for await (const line of readBoundedLines(input, LONGEST_JSON_LINE)) {
    if ('bytes' in line && isBlank(line.bytes)) continue;
    lines += 1;
    const report =
      'bytes' in line
        ? inspectLine(inspector, defaults, line.bytes)
        : rejectedReport('inputMalformed', 'the line is too long');
    if (report.verdict === 'accepted') accepted += 1;
    answer(report);
  }
  return { lines, accepted };
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** A null is an option not given. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A mistyped option may be one that was meant to refuse something; other keys are whoever wrote the line's own. */
function readOptions(
  keys: Readonly<Record<string, unknown>>,
): { readonly ok: true; readonly options: RawSettings } | { readonly ok: false; readonly detail: string } {
  const options: Partial<Record<SettingName, unknown>> = {};
  for (const [key, value] of Object.entries(keys)) {
    const name = findSettingName(key);
    if (name === undefined) {
      const meant = findMeantKey(key);
      if (meant === undefined) continue;
      return { ok: false, detail: `${JSON.stringify(key)} is no option; did you mean ${meant}?` };
    }
    if (!isGiven(value)) continue;
    if (options[name] !== undefined) return { ok: false, detail: `${key} is there in two spellings` };
    options[name] = value;
  }
  return { ok: true, options };
}

/** Header and encoding belong to the profile they were given with, and a bare certificate has no headers at all. */
function mergeOptions(defaults: RawSettings, own: RawSettings, isPem: boolean): RawSettings {
  const { profile, header: _header, encoding: _encoding, verify: _verify, ...general } = defaults;
  if (isPem) return { profile: 'pem', ...general, ...own };
  return own.profile === undefined && profile !== undefined
    ? { ...defaults, ...own }
    : { ...general, ...(defaults.verify === undefined ? {} : { verify: defaults.verify }), ...own };
}

/** The answer to a line bears the `id` of the line, if it has one. */
type LineReport = InspectionReport & { readonly id?: string | number };

function inspectLine(inspector: Inspector, defaults: RawSettings, bytes: Buffer): LineReport {
  const json = parseStrictJson(bytes);
  if (!json.ok) return rejectedReport('inputMalformed', json.detail);
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return rejectedReport('inputMalformed', 'The line is not a JSON object.');
  }
  const line = json.value as Readonly<Record<string, unknown>>;
  const id = line['id'];
  const report = inspectObject(inspector, defaults, line);
  return typeof id === 'string' || typeof id === 'number' ? { id, ...report } : report;
}

function inspectObject(
  inspector: Inspector,
  defaults: RawSettings,
  line: Readonly<Record<string, unknown>>,
): InspectionReport {
  const { id: _, pem, rawHeaders, ...keys } = line;
  const isPem = isGiven(pem);
  if (isPem === isGiven(rawHeaders)) {
    return rejectedReport('inputMalformed', 'The line has neither or both of rawHeaders and pem.');
  }
  const own = readOptions(keys);
  if (!own.ok) return rejectedReport('inputMalformed', own.detail);
  const parsed = parseSettings(mergeOptions(defaults, own.options, isPem));
  if (!parsed.ok) return rejectedReport('inputMalformed', parsed.detail);
  try {
    if (isPem) {
      if (parsed.settings.forwarded !== undefined) {
        return rejectedReport('inputMalformed', 'a line with pem has no profile but pem');
      }
      if (typeof pem !== 'string' || pem.length > LONGEST_PEM) {
        return rejectedReport('inputMalformed', 'pem is not a text of reasonable length');
      }
      return inspector.inspect({ pem }, parsed.settings);
    }
    const headers = parseRawHeaders(rawHeaders);
    return headers.ok
      ? inspector.inspect({ headers: headers.headers }, parsed.settings)
      : rejectedReport('inputMalformed', headers.detail);
  } catch (error) {
    // One line that cannot be judged, such as one with a trust that is none, must not end the answers to the others.
    return rejectedReport('inputMalformed', `the options cannot be used: ${(error as Error).message}`);
  }
}
