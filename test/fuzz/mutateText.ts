import type { Random } from './random.ts';

/** What has a meaning somewhere in a header value, and what is easily taken for it. */
const TOKENS: readonly string[] = [
  '% %0A %0a %0D%0A %20 %2B %2b %2F %3D %00 %80 %25 %u0041 %G0',
  '+ / = == - _ , ; : :: " \\ \\" (null) false MII',
  'Hash= Cert= Chain= Cert=" By= URI= DNS= Subject=" cert=',
  '\0 \u00e9 \u0130 \ud83d\ude00 \ud800 \ufeff',
]
  .flatMap((tokens) => tokens.split(' '))
  .concat([' ', '\t', '\n', '\r\n', ', '])
  .concat([
    '-----BEGIN CERTIFICATE-----',
    '-----END CERTIFICATE-----',
    '-----BEGIN TRUSTED CERTIFICATE-----',
  ]);

/** Changes a header value here and there. */
export function mutateText(text: string, other: string, random: Random): string {
  let changed = text;
  for (let times = 1 + random.below(3); times > 0; times -= 1) changed = change(changed, other, random);
  return changed;
}

function change(text: string, other: string, random: Random): string {
  const at = random.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + random.below(random.oneIn(4) ? 80 : 3));
  const [before, middle, after] = [text.slice(0, at), text.slice(at, end), text.slice(end)];
  const from = random.below(other.length + 1);
  switch (random.below(13)) {
    case 0:
      return before + random.pick(TOKENS) + middle + after;
    case 1:
      return before + random.pick(TOKENS) + after;
    case 2:
      return before + after;
    case 3:
      return before + middle + middle + after;
    case 4:
      return before;
    case 5:
      return before + other.slice(from, from + random.below(80)) + after;
    case 6:
      return before + other.slice(from);
    case 7:
      return before + String.fromCharCode(random.below(256)) + middle.slice(1) + after;
    case 8:
      return `${text}${random.pick([',', ';', ' ', '\n', ''])}${other}`;
    case 9:
      // Four characters that lenient readers of base64 skip, and the other alphabet that they take.
      return before + random.pick(['****', '    ', '%20%20%20%20', '=...', '\0\0\0\0']) + text.slice(at);
    case 10:
      return text.replaceAll('+', '-').replaceAll('/', '_');
    case 11:
      // The last character before the padding has bits that mean nothing.
      return text.replace(/[A-Za-z0-9+/](?==|%3D)/i, () => random.pick(Array.from('ABCDEFGHQRghwxyz0189+/')));
    default:
      // Many of one kind: what is quadratic shows.
      return random.oneIn(20) ? before + middle.repeat(random.below(4_000)) + after : before + after + middle;
  }
}
