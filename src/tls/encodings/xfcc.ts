import { createHash } from 'node:crypto';
import { undecodable, type DecodedFrames, type DecodingLimits, type Encoding } from './encoding.ts';
import { percentPem } from './percentPem.ts';
import { parseXfcc, type XfccPair } from './xfccPairs.ts';

/** Envoy's own header: pairs of which Cert and Chain hold percent-encoded PEM in quotes. Exactly one element. */
export const xfcc: Encoding = {
  title: 'XFCC: pairs such as Hash=…;Cert="percent-encoded PEM"',
  decode: decodeXfcc,
};

const REPEATABLE: ReadonlySet<string> = new Set(['by', 'uri', 'dns']);
const SINGLE: ReadonlySet<string> = new Set(['hash', 'cert', 'chain', 'subject']);
/** Written without escapes from the names of the client's certificate. */
const UNESCAPED_NAMES: ReadonlySet<string> = new Set(['uri', 'dns']);

function decodeXfcc(value: string, limits: DecodingLimits): DecodedFrames {
  const parsed = parseXfcc(value);
  if (!parsed.ok) return undecodable(parsed.detail);
  const found = new Map<string, XfccPair>();
  let namesSeen = false;
  for (const pair of parsed.pairs) {
    const { key } = pair;
    if (UNESCAPED_NAMES.has(key)) namesSeen = true;
    if (REPEATABLE.has(key)) continue;
    if (!SINGLE.has(key)) return undecodable('it has a key that is not known');
    if (found.has(key)) return undecodable('a key is there twice');
    // A name could hold `;Cert="…"`. A Hash before it cannot come from there, and settles which certificate is meant.
    if (namesSeen && key !== 'subject' && !found.has('hash')) {
      return undecodable('the certificate stands after a name that is not escaped, and no Hash before it');
    }
    found.set(key, pair);
  }
  return decodePairs(found, limits);
}

function decodePairs(found: ReadonlyMap<string, XfccPair>, limits: DecodingLimits): DecodedFrames {
  const cert = found.get('cert');
  const chain = found.get('chain');
  if (cert === undefined && chain === undefined) return undecodable('it has neither Cert nor Chain');
  if (cert?.quoted === false || chain?.quoted === false)
    return undecodable('the certificate is not in quotes');

  const single =
    cert === undefined ? undefined : percentPem.decode(cert.value, { ...limits, certificates: 1 });
  if (single?.ok === false) return single;
  const whole = chain === undefined ? undefined : percentPem.decode(chain.value, limits);
  if (whole?.ok === false) return whole;
  const decoded = whole ?? single;
  if (decoded === undefined) return undecodable('it has neither Cert nor Chain');
  if (single !== undefined && !single.leaf.equals(decoded.leaf)) {
    return undecodable('Cert is not the first certificate of Chain');
  }
  const hash = found.get('hash')?.value;
  if (hash !== undefined && hash.toLowerCase() !== createHash('sha256').update(decoded.leaf).digest('hex')) {
    return undecodable('Hash is not that of the certificate');
  }
  return decoded;
}
