import { describe, expect, it } from 'vitest';
import type { UpstreamReason } from '../../src/outcomes/reason.ts';
import { readErrorAnswer, readLifetime } from '../../src/graph/tokenAnswer.ts';
import { tokenFailure, type TokenExchange } from '../../src/graph/tokenFailure.ts';
import type { NetworkFaultKind } from '../../src/graph/networkFault.ts';

const TRACE = 'aaaaaaaa-0000-4000-8000-000000000001';

function answered(
  status: number,
  error: string | undefined,
  codes: readonly number[],
  more = {},
): TokenExchange {
  return { step: 'token', status, json: true, error, codes, traceId: TRACE, ...more };
}

describe('tokenFailure', () => {
  it.each<[number, string, number, UpstreamReason]>([
    [401, 'invalid_client', 7000215, 'credentialRejected'],
    [401, 'invalid_client', 7000218, 'credentialRejected'],
    [401, 'invalid_client', 700027, 'credentialRejected'],
    [400, 'invalid_request', 70021, 'credentialRejected'],
    [400, 'invalid_client', 70021, 'credentialRejected'],
    [401, 'invalid_client', 7000299, 'credentialRejected'],
    [401, 'invalid_client', 7000222, 'credentialExpired'],
    [400, 'unauthorized_client', 700016, 'appNotFound'],
    [400, 'invalid_client', 7000229, 'appNotFound'],
    [400, 'invalid_request', 90002, 'tenantNotFound'],
    [400, 'invalid_grant', 50126, 'userCredentialRejected'],
    [400, 'invalid_grant', 50034, 'userCredentialRejected'],
    [400, 'invalid_grant', 50053, 'userCredentialRejected'],
    [400, 'invalid_grant', 50055, 'userCredentialRejected'],
    [400, 'invalid_grant', 50057, 'userCredentialRejected'],
    [400, 'invalid_grant', 50999, 'userCredentialRejected'],
    [400, 'invalid_grant', 50076, 'secondFactorRequired'],
    [400, 'interaction_required', 50079, 'secondFactorRequired'],
    [400, 'invalid_grant', 50074, 'secondFactorRequired'],
    [400, 'invalid_grant', 50158, 'secondFactorRequired'],
    [400, 'invalid_grant', 53003, 'secondFactorRequired'],
    [400, 'invalid_grant', 65001, 'consentMissing'],
    [400, 'invalid_grant', 50196, 'throttled'],
    [429, 'temporarily_unavailable', 90055, 'throttled'],
    [429, 'invalid_client', 7000215, 'throttled'],
    [503, 'temporarily_unavailable', 90033, 'upstreamUnavailable'],
    [400, 'temporarily_unavailable', 90033, 'upstreamUnavailable'],
    [500, 'server_error', 1, 'upstreamUnavailable'],
    [400, 'invalid_scope', 70011, 'requestRefused'],
    [400, 'invalid_resource', 500011, 'requestRefused'],
    [400, 'invalid_request', 900144, 'requestRefused'],
  ])('HTTP %i %s AADSTS%i is %s', (status, error, code, reason) => {
    const failure = tokenFailure(answered(status, error, [code]), 0);
    expect(failure.reason).toBe(reason);
    expect(failure.detail).toContain(`AADSTS${code}`);
    expect(failure.detail).toContain(TRACE);
  });

  it.each<[string, TokenExchange, UpstreamReason]>([
    ['HTML with 200', { step: 'token', status: 200, json: false, codes: [] }, 'malformedAnswer'],
    ['HTML with 403', { step: 'token', status: 403, json: false, codes: [] }, 'malformedAnswer'],
    ['HTML with 503', { step: 'token', status: 503, json: false, codes: [] }, 'upstreamUnavailable'],
    ['a redirect', { step: 'token', status: 302, json: false, codes: [] }, 'malformedAnswer'],
    ['200 without a token', { step: 'token', status: 200, json: true, codes: [] }, 'malformedAnswer'],
    [
      'a discovery without tenant',
      { step: 'discovery', status: 400, json: true, error: 'invalid_tenant', codes: [] },
      'tenantNotFound',
    ],
    [
      'a suberror of consent',
      answered(400, 'invalid_grant', [], { suberror: 'consent_required' }),
      'consentMissing',
    ],
    [
      'a suberror of interaction',
      answered(400, 'invalid_grant', [], { suberror: 'basic_action' }),
      'secondFactorRequired',
    ],
    [
      'IMDS without identity',
      { step: 'managedIdentity', status: 400, json: true, error: 'invalid_request', codes: [] },
      'credentialRejected',
    ],
    [
      'IMDS not ready',
      { step: 'managedIdentity', status: 410, json: false, codes: [] },
      'upstreamUnavailable',
    ],
  ])('%s', (_name, exchange, reason) => {
    expect(tokenFailure(exchange, 0).reason).toBe(reason);
  });

  it.each<[NetworkFaultKind, UpstreamReason, RegExp]>([
    ['nameNotFound', 'upstreamUnreachable', /name was not found/],
    ['refused', 'upstreamUnreachable', /refused/],
    ['certificateUntrusted', 'upstreamUnreachable', /not trusted/],
    ['proxyRefused', 'upstreamUnreachable', /proxy/],
    ['attemptTimeout', 'timeout', /time/],
    ['ended', 'timeout', /deadline/],
    ['reset', 'upstreamUnavailable', /closed/],
    ['answerTooLarge', 'malformedAnswer', /larger/],
  ])('fault %s is %s', (kind, reason, words) => {
    const failure = tokenFailure(
      { step: 'token', status: undefined, fault: { kind }, json: false, codes: [] },
      0,
    );
    expect(failure.reason).toBe(reason);
    expect(failure.detail).toMatch(words);
  });

  it('keeps Retry-After', () => {
    expect(tokenFailure(answered(429, 'x', [], { retryAfter: '60' }), 0).retryAfterMs).toBe(60_000);
    expect(tokenFailure(answered(429, 'x', []), 0)).not.toHaveProperty('retryAfterMs');
    const rejected = answered(401, 'invalid_client', [7000215], { retryAfter: '3600' });
    expect(tokenFailure(rejected, 0)).not.toHaveProperty('retryAfterMs');
  });
});

describe('readErrorAnswer', () => {
  it('takes codes, error and trace id, and no prose', () => {
    const text = JSON.stringify({
      error: 'invalid_grant',
      suberror: 'basic_action',
      error_description: 'AADSTS50034: The user account acarter@contoso.test does not exist.',
      error_codes: [50034, 'x', null],
      trace_id: TRACE,
    });
    expect(readErrorAnswer(text)).toEqual({
      json: true,
      error: 'invalid_grant',
      suberror: 'basic_action',
      codes: [50034],
      traceId: TRACE,
    });
  });

  it('drops what has not the shape it should have', () => {
    const text = JSON.stringify({ error: 'secret=abc def', trace_id: '<script>', error_codes: 'no' });
    expect(readErrorAnswer(text)).toEqual({ json: true, codes: [] });
  });

  it.each(['', '<html>', '[]', 'null', '"x"'])('%j is no JSON object', (text) => {
    expect(readErrorAnswer(text)).toEqual({ json: false, codes: [] });
  });
});

describe('readLifetime', () => {
  it.each([
    [{ expires_in: 3599 }, { expiresInMs: 3_599_000 }],
    [
      { expires_in: '3599', refresh_in: 1800 },
      { expiresInMs: 3_599_000, refreshInMs: 1_800_000 },
    ],
    [{ expires_in: 100, refresh_in: 0 }, { expiresInMs: 100_000 }],
    [{ expires_in: 100, refresh_in: 100 }, { expiresInMs: 100_000 }],
    [{ expires_on: '1060' }, { expiresInMs: 60_000 }],
    [{ expires_in: 0 }, undefined],
    [{ expires_in: -5 }, undefined],
    [{ expires_in: 'soon' }, undefined],
    [{}, undefined],
  ])('%j', (body, expected) => {
    expect(readLifetime(JSON.stringify(body), 1_000_000)).toEqual(expected);
  });
});
