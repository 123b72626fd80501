import { CLOSE, get, HOST, SMUGGLED_TARGET, type Attempt } from './attempt.ts';

/** A second request within the body of the first, for those who disagree about where a body ends. */
export function framingAttempts(all: readonly string[]): readonly Attempt[] {
  const embedded = [`GET ${SMUGGLED_TARGET} HTTP/1.1`, HOST, ...all, '', ''].join('\r\n');
  const body = `0\r\n\r\n${embedded}`;
  const post = (label: string, lines: readonly string[], content: string): Attempt => ({
    label,
    request: ['POST / HTTP/1.1', HOST, ...all, ...lines, '', content].join('\r\n'),
  });
  const length = `Content-Length: ${Buffer.byteLength(body, 'latin1')}`;
  const chunk = `${embedded.length.toString(16)}\r\n${embedded}\r\n0\r\n\r\n`;
  return [
    post('Content-Length before chunked', [length, 'Transfer-Encoding: chunked'], body),
    post('chunked before Content-Length', ['Transfer-Encoding: chunked', length], body),
    post('Content-Length shorter than chunked', ['Content-Length: 4', 'Transfer-Encoding: chunked'], chunk),
    ...[
      'xchunked',
      'chunked, identity',
      'identity, chunked',
      ' chunked',
      '\x0bchunked',
      'chunked;a=b',
      '"chunked"',
      'CHUNKED',
    ].map((coding) =>
      post(
        `Transfer-Encoding:${JSON.stringify(coding)} and Content-Length`,
        [`Transfer-Encoding: ${coding}`, length],
        body,
      ),
    ),
    post(
      'Transfer-Encoding twice',
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity', length],
      body,
    ),
    post('a space before the colon of Transfer-Encoding', ['Transfer-Encoding : chunked', length], body),
    post('Transfer_Encoding', ['Transfer_Encoding: chunked', length], body),
    post('Content-Length twice', ['Content-Length: 0', length], body),
    post('Content-Length as a list', [`Content-Length: 0, ${body.length}`], body),
    post('Content-Length with a sign', [`Content-Length: +${body.length}`], body),
    post('Content-Length in hex', [`Content-Length: 0x${body.length.toString(16)}`], body),
    post('Content-Length of none, and a body', ['Content-Length: 0'], body),
    post(
      'a chunk size that overflows',
      ['Transfer-Encoding: chunked'],
      `10000000000000000\r\n${embedded}\r\n0\r\n\r\n`,
    ),
    post('a chunk size with a sign', ['Transfer-Encoding: chunked'], `-1\r\n${embedded}\r\n0\r\n\r\n`),
    post('a chunk that ends early', ['Transfer-Encoding: chunked'], `1\r\nab\r\n0\r\n\r\n${embedded}`),
    post('a chunk extension with a bare line feed', ['Transfer-Encoding: chunked'], `1;a\nb\r\nx\r\n${body}`),
    post(
      'the header as a trailer',
      ['Transfer-Encoding: chunked', `Trailer: ${all[0]?.split(':')[0] ?? ''}`, CLOSE],
      `1\r\nx\r\n0\r\n${all.join('\r\n')}\r\n\r\n`,
    ),
    post('a body that never comes', ['Content-Length: 10', 'Expect: 100-continue', CLOSE], ''),
    {
      label: 'a GET with a body that holds a request',
      request: [`GET / HTTP/1.1`, HOST, ...all, length, '', body].join('\r\n'),
    },
    { label: 'two requests in one write', request: `${get(all).replace(`${CLOSE}\r\n`, '')}${get(all)}` },
  ];
}
