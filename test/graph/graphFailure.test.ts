import { describe, expect, it } from 'vitest';
import type { UpstreamReason } from '../../src/outcomes/reason.ts';
import { acceptedScopes, parseGraphError } from '../../src/graph/graphError.ts';
import { judgeGraphAnswer, type GraphExchange, type GraphVerdict } from '../../src/graph/graphFailure.ts';
import { parseTokenGrants } from '../../src/graph/tokenGrants.ts';
import { jwt } from './fakeMicrosoft.ts';

const REQUEST_ID = 'aaaaaaaa-0000-4000-8000-000000000009';
const DEVICE = 'aaaaaaaa-1111-4111-8111-111111111111';
const ROLES = parseTokenGrants(jwt({ roles: ['Device.Read.All'] }));

const TAIL = ` - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: ${REQUEST_ID} - Url: https://fef.amsub01.manage.microsoft.com/DeviceFE/StatelessDeviceFEService/deviceManagement/managedDevices('${DEVICE}')?api-version=2025-07-09`;

function nest(message: string): string {
  return JSON.stringify(
    { _version: 3, Message: message + TAIL, CustomApiErrorPhrase: '', RetryAfter: null },
    undefined,
    2,
  );
}

function envelope(code: string, message: string): string {
  return JSON.stringify({
    error: { code, message, innerError: { date: '2026-01-07T09:15:00', 'request-id': REQUEST_ID } },
  });
}

const UNAUTHORISED_NEST = envelope(
  'UnknownError',
  JSON.stringify({ ErrorCode: 'Forbidden', Message: nest('An error has occurred'), Target: null }),
);
const FORBIDDEN_SCOPES = envelope(
  'Forbidden',
  nest(
    'Application is not authorized to perform this operation. Application must have one of the following scopes: DeviceManagementConfiguration.Read.All, DeviceManagementConfiguration.ReadWrite.All',
  ),
);

function judge(status: number, text: string, more: Partial<GraphExchange> = {}): GraphVerdict {
  return judgeGraphAnswer({
    endpoint: 'managedDevice',
    status,
    headers: {},
    text,
    grants: () => ROLES,
    ...more,
  });
}

describe('judgeGraphAnswer', () => {
  it.each<[string, number, string, UpstreamReason, boolean]>([
    ['HTML with 200', 200, '<html>sign in</html>', 'malformedAnswer', false],
    ['half a body', 200, '{"id":"x', 'malformedAnswer', false],
    ['an empty body', 200, '', 'malformedAnswer', false],
    ['a list as body', 200, '[]', 'malformedAnswer', false],
    ['204', 204, '', 'malformedAnswer', false],
    ['a redirect', 302, '', 'malformedAnswer', false],
    ['nest B', 400, envelope('BadRequest', nest('An error has occurred')), 'requestRefused', false],
    [
      'unknown segment (F1)',
      400,
      envelope('BadRequest', "Resource not found for the segment 'xyz'."),
      'requestRefused',
      false,
    ],
    [
      'no route (F2)',
      400,
      envelope('No method match route template', 'No OData route exists that match template'),
      'requestRefused',
      false,
    ],
    [
      'wrong version (F3)',
      404,
      envelope('ResourceNotFound', 'Invalid version: devicemanagement'),
      'requestRefused',
      false,
    ],
    [
      'unknown segment as 404',
      404,
      envelope('BadRequest', "Resource not found for the segment 'xyz'."),
      'requestRefused',
      false,
    ],
    ['404 in HTML', 404, '<html>not found</html>', 'malformedAnswer', false],
    ['404 in other JSON', 404, '{"message":"no route"}', 'malformedAnswer', false],
    ['404 without a code', 404, '{"error":{"code":"","message":"x"}}', 'malformedAnswer', false],
    ['404 with a code that is no text', 404, '{"error":{"code":404}}', 'malformedAnswer', false],
    ['404 with error as text', 404, '{"error":"not found"}', 'malformedAnswer', false],
    [
      'bad token',
      401,
      envelope('InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'),
      'credentialRejected',
      false,
    ],
    ['nest C', 401, UNAUTHORISED_NEST, 'licenceOrRoleMissing', false],
    ['401 in HTML', 401, '<html>', 'malformedAnswer', false],
    ['403 of Intune', 403, FORBIDDEN_SCOPES, 'permissionMissing', false],
    [
      '403 of Entra',
      403,
      envelope('Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
      'permissionMissing',
      false,
    ],
    ['403 of a firewall', 403, '<html>blocked</html>', 'malformedAnswer', false],
    ['409', 409, envelope('Conflict', 'x'), 'requestRefused', false],
    ['429', 429, envelope('TooManyRequests', 'Please retry again later.'), 'throttled', true],
    ['429 in HTML', 429, '<html>', 'throttled', true],
    [
      '500',
      500,
      envelope('InternalServerError', nest('An internal server error has occurred')),
      'upstreamUnavailable',
      true,
    ],
    ['501', 501, '', 'upstreamUnavailable', false],
    ['502 in HTML', 502, '<html>', 'upstreamUnavailable', true],
    ['503 of IIS', 503, '<HTML><HEAD><TITLE>Service Unavailable</TITLE>', 'upstreamUnavailable', true],
    [
      '503 nest E',
      503,
      envelope('CancelledOnServiceTimeout', nest('ScenarioTimeout=15000ms')),
      'upstreamUnavailable',
      true,
    ],
    ['504 with an empty message', 504, envelope('UnknownError', ''), 'upstreamUnavailable', true],
  ])('%s', (_name, status, text, reason, passing) => {
    expect(judge(status, text)).toMatchObject({ kind: 'failed', reason, passing });
  });

  it('takes a Graph error with 404 for absence, where something can be absent', () => {
    const text = envelope('ResourceNotFound', nest('An error has occurred'));
    expect(judge(404, text)).toEqual({ kind: 'absent' });
    expect(judge(404, text, { endpoint: 'detectedApps' })).toEqual({ kind: 'absent' });
    expect(
      judge(404, envelope('Request_ResourceNotFound', 'Resource does not exist'), {
        endpoint: 'entraDevice',
      }),
    ).toEqual({ kind: 'absent' });
    expect(judge(404, text, { endpoint: 'managedDevices' })).toMatchObject({ reason: 'requestRefused' });
    expect(judge(404, text, { endpoint: 'tenantSettings' })).toMatchObject({ reason: 'requestRefused' });
  });

  it('marks only a 401 of Graph as a reason for a new token', () => {
    expect(judge(401, UNAUTHORISED_NEST)).toMatchObject({ tokenRefused: true });
    expect(judge(401, '<html>')).not.toHaveProperty('tokenRefused');
    expect(judge(403, FORBIDDEN_SCOPES)).not.toHaveProperty('tokenRefused');
  });

  it('names the permissions Intune would accept', () => {
    expect(judge(403, FORBIDDEN_SCOPES)).toMatchObject({
      detail: expect.stringContaining(
        'any of DeviceManagementConfiguration.Read.All, DeviceManagementConfiguration.ReadWrite.All (HTTP 403, Forbidden, request id',
      ) as string,
    });
  });

  it('names the permission of the endpoint if Graph does not', () => {
    const text = envelope(
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    );
    expect(judge(403, text, { endpoint: 'entraDevice' })).toMatchObject({
      detail: expect.stringContaining('Device.Read.All is needed') as string,
    });
  });

  it('says consentMissing only if the token says that it carries nothing', () => {
    const bare = parseTokenGrants(jwt({ aud: 'x' }));
    expect(judge(403, FORBIDDEN_SCOPES, { grants: () => bare })).toMatchObject({ reason: 'consentMissing' });
    const opaque = parseTokenGrants('no-jwt');
    expect(judge(403, FORBIDDEN_SCOPES, { grants: () => opaque })).toMatchObject({
      reason: 'permissionMissing',
    });
  });

  it('names a property Graph does not know', () => {
    const text = envelope(
      'BadRequest',
      "Could not find a property named 'shoeSize' on type 'microsoft.graph.managedDevice'.",
    );
    expect(judge(400, text)).toMatchObject({ detail: expect.stringContaining('shoeSize') as string });
  });

  it.each([UNAUTHORISED_NEST, FORBIDDEN_SCOPES, envelope('BadRequest', nest('x'))])(
    'passes no text of Graph on: no device id, no URL',
    (text) => {
      for (const status of [400, 401, 403, 404, 409, 429, 500]) {
        const verdict = JSON.stringify(judge(status, text));
        expect(verdict).not.toContain(DEVICE);
        expect(verdict).not.toContain('https://');
      }
    },
  );
});

describe('parseTokenGrants', () => {
  it.each([
    [
      jwt({ roles: ['A.Read.All', 'B.Read.All'], tid: 't', appid: 'a' }),
      'application',
      ['A.Read.All', 'B.Read.All'],
      true,
    ],
    [jwt({ scp: 'A.Read.All openid', azp: 'a' }), 'delegated', ['A.Read.All', 'openid'], true],
    [jwt({}), 'none', [], true],
    [jwt({ roles: [] }), 'none', [], true],
    [jwt({ roles: 'A' }), 'none', [], true],
    [jwt({ roles: [1, null, '<b>'] }), 'none', [], true],
    ['', 'none', [], false],
    ['a.b.c', 'none', [], false],
    ['opaque', 'none', [], false],
    ['..', 'none', [], false],
  ])('%s', (token, kind, permissions, readable) => {
    expect(parseTokenGrants(token)).toMatchObject({ kind, permissions, readable });
  });
});

it('a hostile text of Graph is read in linear time', () => {
  const message = `one of the following scopes:${' '.repeat(200_000)}"`;
  const started = performance.now();
  const error = parseGraphError(JSON.stringify({ error: { code: 'Forbidden', message } }));
  expect(error === undefined ? undefined : acceptedScopes(error)).toEqual([]);
  expect(performance.now() - started).toBeLessThan(500);
});
