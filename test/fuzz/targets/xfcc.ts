import { createHash } from 'node:crypto';
import { envoy } from '../../../src/tls/forwarded/envoy.ts';
import { percentEncode, toPem } from '../../tls/forwarded/forwardedValues.ts';
import { certificates } from '../corpus.ts';
import type { FuzzTarget } from '../fuzzTarget.ts';
import { mutateText } from '../mutateText.ts';
import type { Random } from '../random.ts';
import { checkDecoding } from './forwardedValue.ts';

/** Envoy's header, with its pairs, quotes and elements. */
export const xfcc: FuzzTarget = {
  name: 'xfcc',
  share: 20,
  make(random) {
    const value = random.oneIn(6) ? `${element(random)},${element(random)}` : element(random);
    return Buffer.from(random.oneIn(30) ? value : mutateText(value, element(random), random));
  },
  check(input) {
    const value = input.toString('utf8');
    const wrong = checkDecoding(envoy, value);
    if (wrong !== undefined) return wrong;
    const decoded = envoy.decode(value);
    if (decoded.is !== 'certificate') return undefined;
    const hash = createHash('sha256').update(decoded.der).digest('hex');
    const claimed = /(?:^|[;,])hash=([0-9a-f]{64})(?:[;,]|$)/i.exec(value)?.[1];
    return claimed === undefined || claimed.toLowerCase() === hash
      ? undefined
      : 'the hash is that of another';
  },
};

function element(random: Random): string {
  const der = random.pick(certificates);
  const pem = percentEncode(toPem(der), /[\n +/=]/g);
  const pairs = [
    `Hash=${createHash('sha256').update(der).digest('hex')}`,
    `Cert="${pem}"`,
    'Subject="CN=a\\"b,O=c;d"',
    'By=spiffe://example.com/x',
    'URI=https://example.com/a,b',
    'DNS=a.example.com',
    `Chain="${pem}${random.oneIn(3) ? percentEncode(toPem(random.pick(certificates)), /[\n +/=]/g) : ''}"`,
    `cert="${pem}"`,
  ];
  const kept = pairs.filter((_, index) => (index < 2 ? !random.oneIn(5) : random.oneIn(6)));
  return (kept.length === 0 ? pairs.slice(1, 2) : kept).join(';');
}
