import { spellingsOf, type Forgery } from './attempt.ts';
import { everyForwardedHeader, type Header } from './forwardedHeaders.ts';

/** The header fields of requests over HTTP/2 by which a client tries to be taken for the device of the stolen certificate. */
export function http2Attempts({ headers, stolen, secret }: Forgery): readonly (readonly Header[])[] {
  const value = headers.write(stolen);
  const { success } = headers;
  return [
    ...spellingsOf(headers.name).map((name): readonly Header[] => [[name, value], ...success]),
    [[headers.name, value], [headers.name, value], ...success],
    [[headers.name, value], [headers.name, ''], ...success],
    ...everyForwardedHeader(stolen).map((foreign): readonly Header[] => [foreign, ...success]),
    ...spellingsOf(secret[0]).map((name): readonly Header[] => [
      [name, secret[1]],
      [headers.name, value],
      ...success,
    ]),
    [
      ...Array.from({ length: 1_100 }, (_, index): Header => [`x${index}`, '1']),
      [headers.name, value],
      ...success,
    ],
    [[headers.name, value], ['te', 'trailers'], ...success],
    [[headers.name, value], ['cookie', `${headers.name}=1`], ...success],
  ];
}
