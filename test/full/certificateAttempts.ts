import { CLOSE, get, HOST, lineOf, spellingsOf, type Attempt, type Forgery } from './attempt.ts';
import { everyForwardedHeader } from './forwardedHeaders.ts';
import { framingAttempts } from './framingAttempts.ts';
import { targetAttempts } from './targetAttempts.ts';

/** Attempts to be taken for the device of the stolen certificate. None may ever be allowed. */
export function certificateAttempts({ headers, stolen, secret }: Forgery): readonly Attempt[] {
  const value = headers.write(stolen);
  const header = `${headers.name}: ${value}`;
  const success = headers.success.map(lineOf);
  const all = [header, ...success];
  const attempt = (label: string, lines: readonly string[], target?: string): Attempt => ({
    label,
    request: get(lines, target),
  });
  const raw = (label: string, lines: readonly string[]): Attempt => ({ label, request: lines.join('\r\n') });

  const spellings = [
    ...spellingsOf(headers.name),
    headers.name.toLowerCase(),
    headers.name.toUpperCase(),
  ].map((name) => attempt(`the header as ${name}`, [`${name}: ${value}`, ...success]));
  const spelledSuccess = headers.success.flatMap(([name, good]) =>
    spellingsOf(name).map((spelled) =>
      attempt(`${spelled} beside the header`, [header, `${spelled}: ${good}`]),
    ),
  );
  const repeated = [
    attempt('the header twice', [header, header, ...success]),
    attempt('the header joined by a comma', [`${headers.name}: ${value}, ${value}`, ...success]),
    attempt('the header first, an empty one after it', [header, `${headers.name}:`, ...success]),
    attempt('another spelling, an empty one after it', [
      `${headers.name.replaceAll('-', '_')}: ${value}`,
      'X_Other:',
      ...success,
    ]),
    attempt('the check alone', success),
    attempt('the check twice', [header, ...success, ...success]),
  ];
  const products = everyForwardedHeader(stolen).flatMap((foreign) => [
    attempt(`${foreign[0]} as its product writes it`, [lineOf(foreign), ...success]),
    attempt(`${foreign[0]} beside the header`, [lineOf(foreign), ...all]),
  ]);
  const secrets = [
    ...spellingsOf(secret[0]).map((name) =>
      attempt(`the right secret as ${name}`, [`${name}: ${secret[1]}`, ...all]),
    ),
    attempt('a guessed secret', [`${secret[0]}: ${'0'.repeat(secret[1].length)}`, ...all]),
    attempt('the right secret twice', [lineOf(secret), lineOf(secret), ...all]),
  ];
  const connection = [
    headers.name,
    ...headers.success.map(([name]) => name),
    secret[0],
    'Host',
    'X-Forwarded-For',
  ].flatMap((name) => [
    raw(`${name} named in Connection`, [
      'GET / HTTP/1.1',
      HOST,
      ...all,
      `Connection: close, ${name}`,
      '',
      '',
    ]),
    raw(`${name} alone in Connection`, [
      'GET / HTTP/1.1',
      HOST,
      ...all,
      `Connection: ${name}`,
      CLOSE,
      '',
      '',
    ]),
  ]);
  const otherHops = [
    attempt('the header named in Proxy-Connection', [...all, `Proxy-Connection: ${headers.name}`]),
    attempt('the header named in Keep-Alive', [...all, `Keep-Alive: ${headers.name}`]),
    attempt('an upgrade to h2c', [...all, 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
    attempt('X-HTTP-Method-Override', [...all, 'X-HTTP-Method-Override: HEAD']),
    attempt('X-Forwarded-For a trusted address', [
      ...all,
      'X-Forwarded-For: 127.0.0.1',
      'X-Real-IP: 127.0.0.1',
    ]),
  ];
  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `x${index}: 1`);
  const floods = [
    attempt('1,100 headers, then the header', [...many(1_100), ...all]),
    attempt('the header, then 1,100 headers', [...all, ...many(1_100)]),
    attempt('250 headers, then the header', [...many(250), ...all]),
    attempt('the header, then 90 headers', [...all, ...many(90)]),
    attempt('a header of 40 kB before it', [`X-Large: ${'a'.repeat(40_000)}`, ...all]),
    attempt('the header with 20 kB of padding', [`${header}${'A'.repeat(20_000)}`, ...success]),
    attempt('a request target of 20 kB', all, `/${'a'.repeat(20_000)}`),
  ];
  const shapes = [
    attempt('the header folded into the line before', ['X-Other: a', ` ${header}`, ...success]),
    attempt('the value on a folded line', [`${headers.name}:`, ` ${value}`, ...success]),
    attempt('the value on a line folded with a tab', [`${headers.name}:`, `\t${value}`, ...success]),
    attempt('a space before the colon', [`${headers.name} : ${value}`, ...success]),
    attempt('a tab before the colon', [`${headers.name}\t: ${value}`, ...success]),
    attempt('a bare line feed before the header', [`X-Other: a\n${header}`, ...success]),
    attempt('a bare carriage return before the header', [`X-Other: a\r${header}`, ...success]),
    attempt('a zero byte in the name', [`${headers.name}\0: ${value}`, ...success]),
    attempt('a zero byte before the header', [`X-Other: a\0\r\n${header}`, ...success]),
    attempt('a line without a colon', ['X-Other', ...all]),
    attempt('an empty name before it', [': a', ...all]),
    attempt('the header first of all, on a folded request line', [...all], '/\r\n'),
    attempt('an encoded name', [
      `${encodeURIComponent(headers.name.replace('-', '%2D'))}: ${value}`,
      ...success,
    ]),
    attempt('a name with latin letters', [`${headers.name.replace(/C/i, '\u00c7')}: ${value}`, ...success]),
    attempt('the header within a Cookie', [`Cookie: ${headers.name}=${encodeURIComponent(value)}`]),
    attempt('the header within the query', success, `/?${headers.name}=${encodeURIComponent(value)}`),
    attempt('a line break within the query', [], `/?a=%0d%0a${encodeURIComponent(header)}`),
  ];
  return [
    ...spellings,
    ...spelledSuccess,
    ...repeated,
    ...products,
    ...secrets,
    ...connection,
    ...otherHops,
    ...floods,
    ...shapes,
    ...framingAttempts(all),
    ...targetAttempts(all),
  ];
}
