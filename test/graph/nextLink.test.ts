import { describe, expect, it } from 'vitest';
import { parseNextLink } from '../../src/graph/nextLink.ts';

const ASKED =
  'https://graph.microsoft.com/beta/deviceManagement/managedDevices/aaaaaaaa-1111-4111-8111-111111111111/detectedApps';
const KEYED =
  "https://graph.microsoft.com/beta/deviceManagement/managedDevices('aaaaaaaa-1111-4111-8111-111111111111')/detectedApps";

describe('parseNextLink', () => {
  it.each([
    ['the same path', `${ASKED}?$skiptoken=a%3d%27b%27`],
    ['the key form of the path', `${KEYED}?$skiptoken=2`],
    [
      'the key form, escaped',
      `${KEYED.replace('(', '%28').replace(')', '%29').replaceAll("'", '%27')}?$skiptoken=2`,
    ],
    ['another letter case', `${ASKED.replace('managedDevices', 'manageddevices')}?x=1`],
  ])('follows %s', (_name, link) => {
    expect(parseNextLink({ '@odata.nextLink': link }, ASKED, new Set([ASKED])).kind).toBe('next');
  });

  it('keeps the token of the link as it came', () => {
    const link = `${ASKED}?$skiptoken=LastDeviceName%3d%27LAPTOP-0042%27%2cX`;
    expect(parseNextLink({ '@odata.nextLink': link }, ASKED, new Set())).toEqual({ kind: 'next', url: link });
  });

  it.each([
    [
      'another host',
      'https://evil.test/beta/deviceManagement/managedDevices/aaaaaaaa-1111-4111-8111-111111111111/detectedApps',
    ],
    ['another port', ASKED.replace('.com/', '.com:8443/')],
    ['plain http', ASKED.replace('https', 'http')],
    ['a host that only begins alike', ASKED.replace('.com/', '.com.evil.test/')],
    ['a user before the host', ASKED.replace('https://', 'https://x:y@')],
    ['another resource', 'https://graph.microsoft.com/beta/users'],
    ['another device', ASKED.replace('aaaaaaaa', 'cccccccc')],
    ['a way out of the path', `${ASKED}/../../../users`],
    ['the first page again', ASKED],
    ['a path without host', '/beta/x'],
    ['a number', 5],
    ['an empty text', ''],
    ['too long a link', `${ASKED}?x=${'a'.repeat(17_000)}`],
  ])('refuses %s', (_name, link) => {
    expect(parseNextLink({ '@odata.nextLink': link }, ASKED, new Set([ASKED])).kind).toBe('refused');
  });

  it.each([[{}], [{ '@odata.nextLink': null }]])('ends at %j', (body) => {
    expect(parseNextLink(body, ASKED, new Set()).kind).toBe('end');
  });
});
