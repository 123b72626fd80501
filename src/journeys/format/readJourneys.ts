import { parseStrictJson } from '../../strictJson.ts';
import { finding } from '../finding.ts';
import type { Place } from '../journey.ts';
import { isJsonObject, type Json } from '../json.ts';
import { assembleJourneys, type ReadJourneys } from './assembleJourneys.ts';
import { JOURNEY_LAYOUTS } from './journeyLayouts.ts';
import { joinPieces, NO_PIECES, within, type Pieces } from './pieces.ts';

/** A file as it was found: an export, or the text of a script that an export names. */
export interface JourneyFile {
  /** As findings name it. */
  readonly name: string;
  readonly content: Uint8Array | string;
  /** One of the files of a folder: left out without a word if it has nothing to do with journeys. */
  readonly optional?: true;
}

/** Largest journey file, in bytes. Exports of whole realms have some megabytes. */
export const LARGEST_JOURNEY_FILE = 16_777_216;

/**
 * Pure: reads journeys from files in any of the known layouts, all files together. Nothing in a file makes it throw; whatever cannot
 * be used is a finding.
 */
export function readJourneys(files: readonly JourneyFile[]): ReadJourneys {
  const scripts = files.filter(({ name }) => isScriptFile(name));
  const exports = files.filter(({ name }) => !isScriptFile(name));
  return assembleJourneys(
    joinPieces(exports.map(readFile)),
    new Map(scripts.map(({ name, content }) => [baseName(name), textOf(content)])),
  );
}

export function isScriptFile(name: string): boolean {
  return /\.(?:js|groovy)$/i.test(name);
}

function readFile({ name, content, optional }: JourneyFile): Pieces {
  const place = { file: name, path: '' };
  if (content.length > LARGEST_JOURNEY_FILE) {
    return { ...NO_PIECES, findings: [finding('unreadable', 'the file is larger than 16 MiB', place)] };
  }
  const parsed = parseStrictJson(content);
  if (!parsed.ok) {
    if (optional === true) return NO_PIECES;
    const message = parsed.detail.replace(/\bbody\b/, 'file').replace(/\.$/, '');
    return { ...NO_PIECES, findings: [finding('unreadable', lowerFirst(message), place)] };
  }
  const list = Array.isArray(parsed.value) ? (parsed.value as readonly Json[]) : undefined;
  const pieces =
    list === undefined || list.length === 0
      ? [readValue(parsed.value as Json, place)]
      : list.map((value, index) => readValue(value, within(place, index)));
  return joinPieces(
    pieces.map((read) => {
      if (read !== undefined) return read;
      const unknown = finding('unrecognised', 'is in none of the layouts of journeys', place);
      return optional === true ? NO_PIECES : { ...NO_PIECES, findings: [unknown] };
    }),
  );
}

function readValue(value: Json, place: Place): Pieces | undefined {
  if (!isJsonObject(value)) return undefined;
  for (const layout of JOURNEY_LAYOUTS) {
    const pieces = layout.read(value, place);
    if (pieces !== undefined) return pieces;
  }
  return undefined;
}

function textOf(content: Uint8Array | string): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
}

function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
