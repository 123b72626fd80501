import { editDistance } from '../editDistance.ts';
import { parseGuid } from '../node/deviceId.ts';
import { ENCODING_NAMES, isEncodingName } from '../tls/encodings/encodings.ts';
import type { PathValidatorOptions } from '../tls/certificatePath.ts';
import { genericFormat } from '../tls/forwarded/generic.ts';
import type { ForwardedFormat } from '../tls/forwardedFormat.ts';
import { findForwardedFormat, FORWARDED_FORMATS } from '../tls/forwardedFormats.ts';
import type { Purpose } from '../tls/pathFault.ts';
import type { VerifySignal } from '../tls/verifySignal.ts';

type CrlPolicy = NonNullable<PathValidatorOptions['crlPolicy']>;

/** How certificates are to be judged. */
export interface InspectionSettings {
  /** Undefined: bare PEM. */
  readonly forwarded: { readonly format: ForwardedFormat; readonly header: string } | undefined;
  /** PEM texts. */
  readonly trust: readonly string[];
  readonly intermediates: readonly string[];
  /** PEM or base64 of DER. */
  readonly crl: readonly string[];
  /** What happens to a certificate whose issuer has no list. */
  readonly crlPolicy: CrlPolicy;
  /** OCSP responses, base64 of DER. */
  readonly ocsp: readonly string[];
  /** Milliseconds since 1970; undefined for now. */
  readonly at: number | undefined;
  readonly purpose: Purpose;
  readonly hostname: string | undefined;
  readonly maxDepth: number | undefined;
  readonly verify: readonly VerifySignal[];
  readonly tenantId: string | undefined;
}

export type ParsedSettings =
  | { readonly ok: true; readonly settings: InspectionSettings }
  | { readonly ok: false; readonly detail: string };

/** Options by their name, as text from the command line or as JSON from a line; undefined is not given. */
export type RawSettings = Readonly<Partial<Record<SettingName, unknown>>>;

const SETTING_NAMES = [
  'profile',
  'header',
  'encoding',
  'trust',
  'intermediates',
  'crl',
  'crlPolicy',
  'ocsp',
  'at',
  'purpose',
  'hostname',
  'maxDepth',
  'verify',
  'tenantId',
] as const;

export type SettingName = (typeof SETTING_NAMES)[number];

const LONGEST_KEY = 40;

/** The option behind a key of a line: as on the command line, `max-depth`, or in one word, `maxDepth`. */
export function findSettingName(key: string): SettingName | undefined {
  return SETTING_NAMES.find((name) => name === key || optionName(name) === key);
}

/** Does a key that is no option look like one that was mistyped? What it was meant to ask for would otherwise be left out. */
export function findMeantKey(key: string): string | undefined {
  if (key.length < 4 || key.length > LONGEST_KEY) return undefined;
  return ['rawHeaders', ...SETTING_NAMES].find(
    (name) => editDistance(key.toLowerCase(), name.toLowerCase()) <= 2,
  );
}

/** How an option reads on the command line. */
function optionName(name: SettingName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The names for `--profile`. */
export const PROFILE_NAMES: readonly string[] = [
  ...FORWARDED_FORMATS.map(({ name }) => name),
  'generic',
  'pem',
];

/** Parses options. The detail names the option and never its value. */
export function parseSettings(raw: RawSettings): ParsedSettings {
  try {
    return {
      ok: true,
      settings: {
        forwarded: parseProfile(raw),
        trust: parseTexts('trust', raw.trust),
        intermediates: parseTexts('intermediates', raw.intermediates),
        crl: parseTexts('crl', raw.crl),
        crlPolicy: parseCrlPolicy(raw.crlPolicy),
        ocsp: parseTexts('ocsp', raw.ocsp),
        at: raw.at === undefined ? undefined : parseTime(raw.at),
        purpose: parsePurpose(raw.purpose),
        hostname: parseText('hostname', raw.hostname),
        maxDepth: raw.maxDepth === undefined ? undefined : parseDepth(raw.maxDepth),
        verify: parseVerify(raw),
        tenantId: parseTenantId(raw.tenantId),
      },
    };
  } catch (error) {
    if (error instanceof Mistake) return { ok: false, detail: error.message };
    throw error;
  }
}

/** Parses options that hold for every line, each of which may bring a profile of its own. */
export function parseDefaults(raw: RawSettings): ParsedSettings {
  const anyProfile = { profile: 'generic', encoding: 'percent-pem', header: 'x-any' };
  return parseSettings(raw.profile === undefined ? { ...raw, ...anyProfile } : raw);
}

class Mistake extends Error {}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

function parseProfile(raw: RawSettings): InspectionSettings['forwarded'] {
  const profile = parseText('profile', raw.profile);
  const encoding = parseText('encoding', raw.encoding);
  const header = parseText('header', raw.header);
  if (profile === undefined) throw new Mistake('profile is required');
  if (profile !== 'generic' && encoding !== undefined)
    throw new Mistake('encoding goes with profile generic');
  if (profile === 'pem') {
    if (header !== undefined) throw new Mistake('profile pem has no header');
    return undefined;
  }
  const format = profile === 'generic' ? parseGeneric(encoding) : findForwardedFormat(profile);
  if (format === undefined) throw new Mistake(`profile is one of ${PROFILE_NAMES.join(', ')}`);
  const name = header ?? format.defaultHeader;
  if (name === undefined) throw new Mistake(`header is required with profile ${profile}`);
  if (!HEADER_NAME.test(name)) throw new Mistake('header is no header name');
  return { format, header: name };
}

function parseGeneric(encoding: string | undefined): ForwardedFormat {
  if (encoding === undefined || !isEncodingName(encoding)) {
    throw new Mistake(`profile generic needs an encoding, one of ${ENCODING_NAMES.join(', ')}`);
  }
  return genericFormat(encoding);
}

function parseText(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value === '') throw new Mistake(`${name} is a text`);
  return value;
}

function parseTexts(name: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== 'string') throw new Mistake(`${name} is a text or a list of texts`);
    return item;
  });
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** ISO 8601, in UTC where it names no zone, or seconds since 1970. */
function parseTime(value: unknown): number {
  const seconds =
    typeof value === 'number' ? value : /^\d{1,12}$/.test(String(value)) ? Number(value) : undefined;
  if (seconds !== undefined) return seconds * 1_000;
  const match = typeof value === 'string' ? ISO_TIME.exec(value) : null;
  const time =
    match === null
      ? Number.NaN
      : Date.parse(match[1] === undefined && match[0].includes('T') ? `${match[0]}Z` : match[0]);
  // JavaScript reads 31 February as a day in March.
  const day = match === null ? Number.NaN : Number(match[0].slice(8, 10));
  const isReal = match !== null && new Date(`${match[0].slice(0, 10)}T00:00:00Z`).getUTCDate() === day;
  if (Number.isNaN(time) || !isReal)
    throw new Mistake('at is a time such as 2026-11-21T12:00:00Z, or seconds since 1970');
  return time;
}

function parsePurpose(value: unknown): Purpose {
  if (value === undefined || value === null) return 'client';
  if (value === 'client' || value === 'server' || value === 'any') return value;
  throw new Mistake('purpose is client, server or any');
}

/** Whoever has the list of one CA wants to know about the certificates of that CA. */
function parseCrlPolicy(value: unknown): CrlPolicy {
  if (value === undefined || value === null) return 'whenPresent';
  if (value === 'require' || value === 'whenPresent') return value;
  throw new Mistake('crl-policy is require or whenPresent');
}

function parseDepth(value: unknown): number {
  const depth =
    typeof value === 'number' ? value : /^\d{1,2}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (!Number.isInteger(depth) || depth < 0 || depth > 99)
    throw new Mistake('max-depth is a whole number up to 99');
  return depth;
}

/** `NAME=VALUE`, a list of such, or an object. An empty value stands for a header that is empty or not there. */
function parseVerify({ verify: value, profile }: RawSettings): readonly VerifySignal[] {
  if (profile === 'pem' && value !== undefined) throw new Mistake('profile pem has no header to verify');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).map(([header, success]) => parseSignal(`${header}=${String(success)}`));
  }
  return parseTexts('verify', value).map(parseSignal);
}

function parseSignal(text: string): VerifySignal {
  const equals = text.indexOf('=');
  const header = text.slice(0, Math.max(equals, 0));
  if (!HEADER_NAME.test(header)) throw new Mistake('verify is NAME=VALUE');
  return { header, success: text.slice(equals + 1) };
}

function parseTenantId(value: unknown): string | undefined {
  const text = parseText('tenant-id', value);
  if (text === undefined) return undefined;
  const id = parseGuid(text);
  if (id === undefined) throw new Mistake('tenant-id is a GUID');
  return id;
}
