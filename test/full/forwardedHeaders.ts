import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { FORWARDED_FORMATS } from '../../src/tls/forwardedFormats.ts';
import type { Minted } from '../support/certificateBuilder.ts';
import { WRITERS } from '../tls/forwarded/forwardedValues.ts';

export type Header = readonly [name: string, value: string];

/** The header in which a proxy forwards the certificate, how it is written, and what stands beside it. */
export interface ForwardedHeaders {
  readonly name: string;
  write(certificate: Minted): string;
  /** Headers with which the proxy says that its own check went well. */
  readonly success: readonly Header[];
}

export const GATE_FILE = fileURLToPath(new URL('../../examples/proxies/gate.yaml', import.meta.url));

const gateSchema = z.looseObject({
  nodes: z.record(
    z.string(),
    z.object({
      deviceId: z.tuple([
        z.looseObject({
          profile: z.string().optional(),
          header: z.string().optional(),
          verify: z.array(z.object({ header: z.string(), success: z.string() })).default([]),
        }),
      ]),
    }),
  ),
});

/** What the node of this name in examples/proxies/gate.yaml reads. */
export function forwardedHeadersOf(node: string): ForwardedHeaders {
  const { nodes } = gateSchema.parse(parse(readFileSync(GATE_FILE, 'utf8')));
  const [source] = nodes[node]?.deviceId ?? [];
  const format = FORWARDED_FORMATS.find(({ name }) => name === source?.profile);
  if (source?.header === undefined || format === undefined)
    throw new Error(`${GATE_FILE} has no node ${node}`);
  return {
    name: source.header,
    write: ({ der }) => WRITERS[format.encoding](der),
    success: source.verify.map(({ header, success }) => [header, success]),
  };
}

/** The certificate in every header that some product uses, as that product writes it. */
export function everyForwardedHeader({ der }: Minted): readonly Header[] {
  return FORWARDED_FORMATS.flatMap(({ defaultHeader, encoding }): readonly Header[] =>
    defaultHeader === undefined ? [] : [[defaultHeader, WRITERS[encoding](der)]],
  );
}
