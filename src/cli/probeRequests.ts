import type { NodeSetup } from '../config/gateConfig.ts';
import type { HeaderLine } from '../node/requestContext.ts';

/** One request that claims something a client has no business to claim. */
export interface ProbeRequest {
  readonly label: string;
  readonly headers: readonly HeaderLine[];
}

/** Of no meaning in any encoding: where it arrives, the gate cannot but complain about it. */
const FORGED = 'intune-gate-probe';

/** What applications believe from the gate, and from nobody else. */
const IDENTITY_HEADERS: readonly string[] = [
  'X-Device-Outcome',
  'X-Device-Reason',
  'X-Device-Id',
  'X-Auth-User',
  'X-Auth-Level',
  'X-Decision-Id',
];

/**
 * Every forged header that a front door must keep from a node: each header that the node believes from one of the proxies, in every
 * spelling that some server takes for the same, twice, and named in Connection.
 *
 * @param proxies - names of the configured proxies
 */
export function probeRequests(node: NodeSetup, proxies: ReadonlySet<string>): readonly ProbeRequest[] {
  const names = new Set(
    node.deviceId.flatMap((source) => {
      if (source.source !== 'header' && source.source !== 'certificate') return [];
      if (!source.from.some((name) => proxies.has(name))) return [];
      return [source.source === 'header' ? source.name : source.header];
    }),
  );
  if (names.size === 0) return [];
  return [
    ...[...names].flatMap((name): readonly ProbeRequest[] => [
      ...spellingsOf(name).map((spelling) => ({ label: spelling, headers: [[spelling, FORGED]] as const })),
      {
        label: `${name}, twice`,
        headers: [
          [name, FORGED],
          [name, FORGED],
        ],
      },
      {
        label: `${name}, named in Connection`,
        headers: [
          [name, FORGED],
          ['Connection', `close, ${name}`],
        ],
      },
    ]),
    {
      label: 'what the gate alone may say (X-Device-…, X-Auth-…)',
      headers: IDENTITY_HEADERS.map((name) => [name, name === 'X-Device-Outcome' ? 'Compliant' : FORGED]),
    },
  ];
}

/** Each mark between words as a dash, an underscore and a dot; the name as configured comes first. */
function spellingsOf(name: string): readonly string[] {
  const [first = '', ...words] = name.split(/[-_.]/);
  const all = words.reduce<readonly string[]>(
    (spellings, word) =>
      spellings.flatMap((start) => ['-', '_', '.'].map((mark) => `${start}${mark}${word}`)),
    [first],
  );
  return [name, ...all.filter((spelling) => spelling !== name)];
}
