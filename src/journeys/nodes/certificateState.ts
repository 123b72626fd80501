import { readCertificate, type Certificate } from '../../tls/certificate.ts';
import { NodeFault } from '../nodeResult.ts';
import type { NodeState } from '../state/nodeState.ts';

/** AM's key. The certificate that was collected, as a list of one text: the base64 of its DER. Transient, and sealed between two steps. */
export const CERTIFICATE_KEY = 'X509Certificate';

export function keepCertificate(state: Pick<NodeState, 'putTransient' | 'remove'>, der: Buffer): void {
  state.remove(CERTIFICATE_KEY);
  state.putTransient(CERTIFICATE_KEY, [der.toString('base64')]);
}

/** @throws NodeFault if there is none in state, or what is there is none */
export function certificateIn(state: Pick<NodeState, 'get'>): Certificate {
  const list = state.get(CERTIFICATE_KEY);
  const [first]: readonly unknown[] = Array.isArray(list) ? list : [];
  if (typeof first !== 'string') throw new NodeFault('there is no certificate in state');
  const certificate = readCertificate(Buffer.from(first, 'base64'));
  if (certificate === undefined) throw new NodeFault('the certificate in state is none');
  return certificate;
}
