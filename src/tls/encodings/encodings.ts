import { anyPem } from './anyPem.ts';
import { base64Der } from './base64Der.ts';
import { base64Pem } from './base64Pem.ts';
import type { Encoding } from './encoding.ts';
import { percentBase64Der } from './percentBase64Der.ts';
import { percentPem } from './percentPem.ts';
import { spacedPem } from './spacedPem.ts';
import { structuredField } from './structuredField.ts';
import { xfcc } from './xfcc.ts';

/** The encodings that formats are made of and that a generic format may name. A new one is a file here and a row. */
export const ENCODINGS = {
  'percent-pem': percentPem,
  'spaced-pem': spacedPem,
  'any-pem': anyPem,
  'base64-der': base64Der,
  'percent-base64-der': percentBase64Der,
  'base64-pem': base64Pem,
  rfc9440: structuredField,
  xfcc,
} as const satisfies Readonly<Record<string, Encoding>>;

export type EncodingName = keyof typeof ENCODINGS;

export const ENCODING_NAMES = Object.keys(ENCODINGS) as readonly EncodingName[];

export function isEncodingName(text: string): text is EncodingName {
  return Object.hasOwn(ENCODINGS, text);
}
