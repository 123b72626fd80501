import { bench, describe } from 'vitest';
import { parsePresentedId } from '../../src/node/presentedId.ts';
import { takeSingleHeader } from '../../src/node/singleHeader.ts';
import { createHeaderSource } from '../../src/node/sources/headerSource.ts';
import { DEVICE_ID, NOW } from '../../test/support/fakeDirectory.ts';
import { CALLER, testContext } from '../../test/support/testNode.ts';

describe('the id in a header', () => {
  const headers = [
    ...['host', 'accept', 'user-agent', 'x-forwarded-for', 'x-forwarded-proto', 'x-request-id'].map(
      (name) => [name, 'of no interest'] as const,
    ),
    ['x-intune', `CN=${DEVICE_ID}`] as const,
  ];
  const source = createHeaderSource({
    name: 'x-intune',
    from: [CALLER],
    peers: ['10.0.0.0/8', 'fd00::/8'],
    idKind: 'unknown',
  });
  const context = testContext({ headers, peerAddress: '10.0.0.7' });

  bench('a bare GUID', () => {
    parsePresentedId(DEVICE_ID);
  });
  bench('a subject name with one CN', () => {
    parsePresentedId(`O=Contoso,OU=Devices,CN=${DEVICE_ID}`);
  });
  bench('find it among seven headers', () => {
    takeSingleHeader(headers, 'x-intune');
  });
  bench('the whole source, with address ranges', () => {
    source.find(context, NOW);
  });
});
