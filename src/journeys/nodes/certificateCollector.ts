import { z } from 'zod';
import { createAddressRanges, isInRanges } from '../../node/addressRanges.ts';
import { takeSingleHeader } from '../../node/singleHeader.ts';
import { readCertificate } from '../../tls/certificate.ts';
import { isForeignCertificateHeader } from '../../tls/forwardedFormats.ts';
import { decisionContext } from '../journeyRequest.ts';
import type { NodeContext } from '../nodeContext.ts';
import { goTo, NodeFault } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { keepCertificate } from './certificateState.ts';
import { setting } from './settings.ts';

const configuration = z.object({
  certificateCollectionMethod: setting<'REQUEST' | 'HEADER' | 'EITHER'>(
    z.enum(['REQUEST', 'HEADER', 'EITHER']),
    'EITHER',
  ),
  clientCertificateHttpHeaderName: setting(z.string(), ''),
  trustedRemoteHosts: setting<readonly string[]>(z.array(z.string()), []),
});

type Config = z.output<typeof configuration>;

/** Every address; who may forward is still configured. */
const ANY = 'any';

/**
 * Collects the certificate of the client: of the connection itself, where the gate ends TLS, or from a header. A header is believed only
 * from a hop that the configuration of the gate names, and only from the hosts of this node, whatever its method. Later steps have to
 * come with the same certificate.
 */
export const certificateCollector = defineNodeType({
  type: 'product-CertificateCollectorNode',
  displayName: 'Certificate Collector Node',
  configuration,
  outcomes: () => [
    { id: 'COLLECTED', displayName: 'Collected' },
    { id: 'NOT_COLLECTED', displayName: 'Not Collected' },
  ],
  asks: () => 'never',
  inputs: () => [],
  looksAtDevice: true,
  check(config) {
    const needsHeader = config.certificateCollectionMethod !== 'REQUEST';
    return [
      ...(needsHeader && headersOf(config).length === 0
        ? [badSetting('clientCertificateHttpHeaderName', 'names no header')]
        : []),
      ...(hostsOf(config) === 'malformed'
        ? [badSetting('trustedRemoteHosts', 'must be addresses, ranges, or any by itself')]
        : []),
    ];
  },
  run(context) {
    const { config, request, state } = context;
    const method = config.certificateCollectionMethod;
    const own = method === 'HEADER' ? undefined : request.clientCertificate?.der;
    const forwarded = method === 'REQUEST' ? [] : findForwarded(context);
    const [der, ...others] = [...(own === undefined ? [] : [own]), ...forwarded.map((one) => one.der)];
    if (der === undefined) return goTo('NOT_COLLECTED');
    if (others.some((other) => !other.equals(der))) throw new NodeFault('two certificates were presented');
    if (readCertificate(der) === undefined) throw new NodeFault('what was presented is no certificate');
    keepCertificate(state, der);
    return goTo('COLLECTED', {
      boundHeaders: forwarded.map(({ header }) => header),
      ...(own === undefined ? {} : { boundCertificate: true }),
    });
  },
});

function badSetting(key: keyof Config, message: string) {
  return { code: 'badConfiguration', at: [key], message } as const;
}

function headersOf({ clientCertificateHttpHeaderName }: Config): readonly string[] {
  return clientCertificateHttpHeaderName
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function hostsOf({
  trustedRemoteHosts,
}: Config): ReturnType<typeof createAddressRanges> | typeof ANY | 'malformed' {
  if (trustedRemoteHosts.length === 1 && trustedRemoteHosts[0] === ANY) return ANY;
  try {
    return createAddressRanges(trustedRemoteHosts);
  } catch {
    return 'malformed';
  }
}

interface Forwarded {
  readonly header: string;
  readonly der: Buffer;
}

/** Certificates in the headers of the node. @throws NodeFault for signs of spoofing, and for what is no certificate */
function findForwarded({ config, ports, request }: NodeContext<Config>): readonly Forwarded[] {
  const { format, mayForward } = ports.certificates;
  const hosts = hostsOf(config);
  const { peerAddress } = request;
  const isTrusted =
    mayForward(decisionContext(request, {})) &&
    (hosts === ANY || (hosts !== 'malformed' && peerAddress !== undefined && isInRanges(hosts, peerAddress)));
  // Who is not believed has presented nothing.
  if (!isTrusted) return [];
  const names = headersOf(config);
  const found = names.flatMap((header): readonly Forwarded[] => {
    const taken = takeSingleHeader(request.headers, header);
    if (taken.is === 'spoofed') throw new NodeFault(taken.detail);
    if (taken.is === 'absent' || taken.value === '') return [];
    const decoded = format.decode(String(taken.value));
    if (decoded.is === 'malformed') throw new NodeFault(`the certificate in a header: ${decoded.detail}`);
    return decoded.is === 'absent' ? [] : [{ header, der: decoded.der }];
  });
  const isForeign = (name: string, value: unknown): boolean =>
    value !== '' && names.every((header) => isForeignCertificateHeader(name, format, header));
  if (found.length > 0 && request.headers.some(([name, value]) => isForeign(name, value)))
    throw new NodeFault('another certificate header is present');
  return found;
}
