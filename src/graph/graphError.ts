import { isJsonObject, parseJsonObject, stringAt, type JsonObject } from './jsonObject.ts';

/** Graph's error envelope, with what Intune nests inside it. Its texts are for reading, not for passing on: they quote ids and URLs. */
export interface GraphError {
  readonly code: string;
  /** All messages, those nested as JSON inside others included. */
  readonly texts: readonly string[];
  /** Did the message hold JSON? Then Intune wrote it, not the gateway before it. */
  readonly nested: boolean;
  readonly requestId: string | undefined;
}

/** The texts are looked through for a few fixed phrases near their beginning. */
const LONGEST_TEXT = 4_096;

/** Pure. Undefined unless the text is Graph's error envelope: JSON with a non-empty `error.code`. */
export function parseGraphError(text: string): GraphError | undefined {
  const envelope = parseJsonObject(text)?.['error'];
  if (!isJsonObject(envelope)) return undefined;
  const code = stringAt(envelope, 'code') ?? '';
  if (code === '') return undefined;
  const texts: string[] = [];
  let nested = false;
  // Intune writes JSON into `message`, and sometimes JSON into the `Message` of that.
  let message = stringAt(envelope, 'message');
  for (let depth = 0; message !== undefined && depth < 4; depth += 1) {
    texts.push(message.slice(0, LONGEST_TEXT));
    const inner: JsonObject | undefined = message.trimStart().startsWith('{')
      ? parseJsonObject(message)
      : undefined;
    if (inner === undefined) break;
    nested = true;
    message = stringAt(inner, 'Message') ?? stringAt(inner, 'message');
  }
  const details = envelope['innerError'] ?? envelope['innererror'];
  return {
    code,
    texts,
    nested,
    requestId: isJsonObject(details) ? stringAt(details, 'request-id') : undefined,
  };
}

/** A 404 (or 400) that speaks of the URL's shape says nothing about a device. */
export function isAboutTheRoute({ code, texts }: GraphError): boolean {
  return (
    /route template/i.test(code) ||
    texts.some((text) =>
      /^\s*(?:Invalid version|Resource not found for the segment|No OData route)/i.test(text),
    )
  );
}

const SCOPES_FOLLOW = 'one of the following scopes:';
const SCOPES_END = ' - Operation ID';

/** The permissions Intune says it would take, in its order; empty if it says nothing. */
export function acceptedScopes({ texts }: GraphError): readonly string[] {
  for (const text of texts.toReversed()) {
    const start = text.indexOf(SCOPES_FOLLOW);
    if (start < 0) continue;
    const [list = ''] = text.slice(start + SCOPES_FOLLOW.length).split(SCOPES_END, 1);
    const names = list.split(',').map((name) => name.trim());
    const scopes = names.filter((name) => /^[A-Za-z]+(?:\.[A-Za-z]+){1,4}$/.test(name));
    if (scopes.length > 0) return scopes;
  }
  return [];
}

/** The one mistake a configuration can make: a property name that Graph does not know. */
export function unknownProperty({ texts }: GraphError): string | undefined {
  for (const text of texts) {
    const name = /property named '(\w{1,64})'/.exec(text)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
