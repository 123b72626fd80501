import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
import { decodeBase32 } from '../../src/identity/oath/base32.ts';
import { oathCode } from '../../src/identity/oath/oathCode.ts';
import type { RunningDemo } from './startDemo.ts';
import { answered, type ClientStep } from './testJourneys.ts';

/** Somebody of the demo. */
export interface Person {
  readonly username: string;
  readonly password: string;
  readonly totpSecret: string;
}

/** A code that is good now. Each works once, so that each login with a code takes another person. */
export function codeOf({ totpSecret }: Person, now = Date.now()): string {
  const secret = decodeBase32(totpSecret);
  if (secret === undefined) throw new Error('the secret is no base32');
  return oathCode(secret, Math.floor(now / 30_000), { digits: 6, hash: 'sha1' });
}

/** What a call of the protocol came to. */
export interface Answer {
  readonly status: number;
  readonly body: Partial<ClientStep> & {
    readonly tokenId?: string;
    readonly message?: string;
    readonly detail?: Readonly<Record<string, unknown>>;
    readonly stage?: string;
    readonly header?: string;
  };
}

/** Files of the certificate with which a client connects. */
export interface ClientCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A client of a demo, which speaks the protocol over the network as curl would; with a certificate, over TLS. */
export function liveJourney(
  demo: RunningDemo,
  headers: Readonly<Record<string, string>> = {},
  certificate?: ClientCertificate,
) {
  const base = `${certificate === undefined ? demo.ready.gate : demo.ready.gateTls}/json/realms/root`;
  const dispatcher =
    certificate === undefined
      ? undefined
      : new Agent({
          connect: {
            ca: readFileSync(demo.ready.caFile),
            cert: readFileSync(certificate.certificateFile),
            key: readFileSync(certificate.keyFile),
          },
        });

  async function call(query: string, body?: object): Promise<Answer> {
    const response = await fetch(`${base}/authenticate${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  return {
    /** The journey of that name, or the default one. */
    start: (tree?: string) => call(tree === undefined ? '' : `?authIndexType=service&authIndexValue=${tree}`),
    /** Fills in the inputs, in their order, and goes on. */
    next: ({ body }: Answer, values: readonly unknown[]) => call('', answered(stepOf(body), values)),
    async sessionInfo(tokenId: string | undefined): Promise<Readonly<Record<string, string>>> {
      const response = await fetch(`${base}/sessions?_action=getSessionInfo`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ tokenId }),
        ...(dispatcher === undefined ? {} : { dispatcher }),
      });
      return ((await response.json()) as { readonly properties: Record<string, string> }).properties;
    },
  };
}

function stepOf(body: Answer['body']): ClientStep {
  if (body.authId === undefined || body.callbacks === undefined) {
    throw new Error(`this is no step: ${JSON.stringify(body)}`);
  }
  return { ...body, authId: body.authId, callbacks: body.callbacks };
}

/** The types of what a step asks. */
export function asked({ body }: Answer): readonly string[] {
  return body.callbacks?.map(({ type }) => type) ?? [];
}

/** A control route of the demo's stand-in for Microsoft. */
export function control(demo: RunningDemo, method: string, path: string, body?: object): Promise<string> {
  const { caFile, simulatorControl } = demo.ready;
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      `${simulatorControl.url}${path}`,
      {
        method,
        ca: readFileSync(caFile),
        agent: false,
        headers: { authorization: `Bearer ${simulatorControl.key}`, 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
