import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Agent } from 'undici';
import { createScriptHttp, type ScriptHttp } from '../../src/scripting/scriptHttp.ts';
import { startLocalServer, type LocalServer } from '../support/localServer.ts';

let server: LocalServer;
let http: ScriptHttp;
const dispatcher = new Agent();
const signal = new AbortController().signal;
const seen: { url: string | undefined; method: string | undefined; headers: object; body: string }[] = [];

beforeAll(async () => {
  server = await startLocalServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ url: request.url, method: request.method, headers: request.headers, body });
      switch (request.url) {
        case '/slow':
          return;
        case '/slow-body':
          response.write('x');
          return;
        case '/large':
          response.end('x'.repeat(2_000));
          return;
        case '/redirect':
          response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
          return;
        case '/broken':
          response.destroy();
          return;
        default:
          response.writeHead(200, { 'x-a': ['1', '2'], 'content-type': 'text/plain' }).end('grüße');
      }
    });
  });
  http = createScriptHttp({ origins: [server.origin], dispatcher, deadlineMs: 300, answerBytes: 1_000 });
});
afterAll(async () => {
  await dispatcher.destroy();
  await server.close();
});

describe('http for scripts', () => {
  test('sends what was asked, and gives the whole answer', async () => {
    const request = {
      url: `${server.origin}/a?b=c`,
      method: 'post',
      headers: [
        ['X-Own', 'v'],
        ['Host', 'evil'],
        ['Content-Length', '1'],
      ],
      body: 'text',
    };
    const answer = await http(request, signal);
    expect(answer).toMatchObject({ status: 200, body: 'grüße' });
    expect(answer.headers).toContainEqual(['x-a', ['1', '2']]);
    expect(seen.at(-1)).toMatchObject({
      url: '/a?b=c',
      method: 'POST',
      body: 'text',
      headers: { 'x-own': 'v', host: new URL(server.origin).host, 'content-length': '4' },
    });
  });

  test('gives a redirect as it is', async () => {
    expect(await http({ url: `${server.origin}/redirect`, method: 'GET' }, signal)).toMatchObject({
      status: 302,
    });
  });

  test.each([
    ['another origin', { url: 'http://127.0.0.1:1/' }, 'scripts may not call this address'],
    ['another scheme of an origin', { url: 'https://127.0.0.1/' }, 'scripts may not call this address'],
    ['a file', { url: 'file:///etc/passwd' }, 'scripts may not call this address'],
    ['no address', { url: 'gate' }, 'this is no address'],
    ['nothing', undefined, 'this is no address'],
    ['another method', { url: '/', method: 'CONNECT' }, 'this method is not allowed'],
    [
      'a header with a line break',
      { url: '/', method: 'GET', headers: [['a', 'b\r\nc: d']] },
      'a header is not well-formed',
    ],
    ['a header that is no pair', { url: '/', method: 'GET', headers: ['a'] }, 'a header is not well-formed'],
    [
      'a header without a name',
      { url: '/', method: 'GET', headers: [['', 'b']] },
      'a header is not well-formed',
    ],
    [
      'too many headers',
      { url: '/', method: 'GET', headers: Array.from({ length: 101 }, () => ['a', 'b']) },
      'too many headers',
    ],
    ['too slow an answer', { url: '/slow', method: 'GET' }, 'the answer took too long'],
    ['an answer that never ends', { url: '/slow-body', method: 'GET' }, 'the answer took too long'],
    ['too large an answer', { url: '/large', method: 'GET' }, 'the answer is too large'],
    ['an answer that breaks off', { url: '/broken', method: 'GET' }, 'there is no answer'],
  ])('refuses %s', async (_, request, message) => {
    const url = request?.url.startsWith('/') === true ? `${server.origin}${request.url}` : request?.url;
    const asked = request === undefined ? undefined : { method: 'GET', ...request, url };
    await expect(http(asked, signal)).rejects.toThrow(message);
  });

  test('a user in the address is refused, before the origin is looked at', async () => {
    await expect(http({ url: server.origin.replace('//', '//u:p@'), method: 'GET' }, signal)).rejects.toThrow(
      'not allowed',
    );
  });

  test('ends when nobody waits any more', async () => {
    await expect(
      http({ url: `${server.origin}/slow`, method: 'GET' }, AbortSignal.timeout(20)),
    ).rejects.toThrow('took too long');
  });

  test('an empty list allows nothing', async () => {
    const none = createScriptHttp({ origins: [], dispatcher });
    await expect(none({ url: server.origin, method: 'GET' }, signal)).rejects.toThrow('may not call');
  });
});
