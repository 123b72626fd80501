import { OUTCOMES, type Outcome } from '../outcomes/outcome.ts';
import type { DemoFacts } from './demo.ts';
import { decodeBase32 } from '../identity/oath/base32.ts';
import type { DemoFolder } from './demoFolder.ts';

/** What to try next, as curl lines that work when pasted: one for each outcome. */
export function describeDemo(facts: DemoFacts, folder: DemoFolder): string {
  const shown = OUTCOMES.map((outcome) => ({ outcome, headers: headersFor(outcome, facts) }));
  return [
    `The gate listens on ${facts.gate} and with TLS on ${facts.gateTls}, a stand-in for Microsoft on ${facts.graph}.`,
    'This demo believes the header x-intune from anyone who holds its API key, and from everybody on this machine. A real gate',
    'believes only the callers and proxies that its configuration names.',
    '',
    'One line for each outcome:',
    '',
    ...shown.flatMap(({ outcome, headers }) => [
      `# ${outcome}`,
      curl(facts, `'${JSON.stringify({ request: { headers } })}'`),
      '',
    ]),
    '# Compliant, with the certificate of the device instead of a header',
    curl(facts, `'@${folder.certificateRequestFile}'`),
    '',
    '# Asked by a proxy: may this request pass? 200 says yes, 403 no',
    `${CURL} -i -H 'x-intune: CN=${facts.devices[0]?.id ?? ''}' ${facts.gate}/auth/request`,
    '',
    '# The device connects by itself, with its certificate',
    `${CURL} -i --cacert '${facts.caFile}' --cert '${facts.devices[0]?.certificateFile ?? ''}' --key '${facts.devices[0]?.keyFile ?? ''}' ${facts.gateTls}/auth/request`,
    '',
    '# Make the compliant device fail, then ask again with the first line',
    `${CURL} --cacert '${facts.caFile}' -X PATCH -H 'Authorization: Bearer ${facts.simulatorControl.key}' -H 'Content-Type: application/json' -d '{"complianceState":"noncompliant"}' ${facts.simulatorControl.url}/devices/${facts.devices[0]?.id ?? ''}`,
    '',
    `# Sign in by the journey ${facts.journey}, with a compliant device: name and password, then a one-time code`,
    journeyLine(facts, facts.journey, true),
    '',
    '# Sign in by the journey StrictCompliance, without a code, and only with a compliant device',
    journeyLine(facts, 'StrictCompliance', false),
    '',
    'A code works once: for the next login wait half a minute, or take another person. More journeys, and what they come to, are in',
    'examples/journeys; a page that signs in from a browser is in examples/browser. Names, passwords and secrets of authenticators:',
    '',
    ...facts.users.map(
      ({ username, password, totpSecret }) => `  ${username.padEnd(12)}${password}  ${totpSecret}`,
    ),
    '',
    ...browserLines(facts),
    '# Copy the devices into an asset inventory, and report on them (in another terminal, in this folder)',
    'node dist/main.js inventory sync --demo --report',
    '',
    'It remembers answers for two seconds, and forgets them when the stand-in is changed; a real gate remembers them for up to five',
    'minutes, and longer in an outage (docs/answers.md).',
    '',
    `Its configuration, to copy from or to use with decide and verify: ${facts.configFile}`,
    'Ctrl-C stops it and removes its files.',
    '',
  ].join('\n');
}

/** No header gives NoId; every other outcome has a device of its own. */
function headersFor(outcome: Outcome, facts: DemoFacts): Record<string, readonly string[]> {
  const device = facts.devices.find(({ expectedOutcome }) => expectedOutcome === outcome);
  return device === undefined ? {} : { 'x-intune': [`CN=${device.id}`] };
}

/** A blocked device that becomes unblocked, in a browser. */
function browserLines({
  pages,
  devices,
  users,
  simulatorControl,
  caFile,
  pkcs12Passphrase,
}: DemoFacts): readonly string[] {
  const blocked = devices.find(
    ({ expectedOutcome, pkcs12File }) => expectedOutcome === 'NotCompliant' && pkcs12File !== undefined,
  );
  const [user] = users;
  if (blocked === undefined || user === undefined) return [];
  return [
    '# In a browser: import the certificate of a blocked device, then open its page, past the warning that nobody knows this gate',
    `${blocked.pkcs12File ?? ''} (passphrase: ${pkcs12Passphrase})`,
    `${pages.device} (${user.username}, ${user.password})`,
    '# Fix the device, and press "Check again" there',
    `${CURL} --cacert '${caFile}' -X PATCH -H 'Authorization: Bearer ${simulatorControl.key}' -H 'Content-Type: application/json' -d '{"complianceState":"compliant"}' ${simulatorControl.url}/devices/${blocked.id}`,
  ];
}

/**
 * PingAM's protocol: the first call is asked for a name and a password, and its answer is sent back with them filled in; and so, perhaps,
 * with the code.
 */
function journeyLine(facts: DemoFacts, journey: string, withCode: boolean): string {
  const [user] = facts.users;
  const url = `${facts.gate}/json/realms/root/authenticate`;
  const device = facts.devices.find(({ expectedOutcome }) => expectedOutcome === 'Compliant');
  const call = `${CURL} -H 'Content-Type: application/json' -H 'x-intune: CN=${device?.id ?? ''}'`;
  const fill = (position: number, value = ''): string =>
    `-e 's/"IDToken${position}","value":""/"IDToken${position}","value":"'${value}'"/'`;
  return [
    `${call} -X POST '${url}?authIndexType=service&authIndexValue=${journey}'`,
    `sed ${fill(1, user?.username)} ${fill(2, user?.password)}`,
    `${call} -d @- ${url}`,
    ...(withCode ? [`sed ${fill(1, codeNow(user?.totpSecret ?? ''))}`, `${call} -d @- ${url}`] : []),
  ].join(' | ');
}

/** For the shell: the code of now (RFC 6238), as an authenticator app with the secret shows it. */
function codeNow(secret: string): string {
  const hex = Buffer.from(decodeBase32(secret) ?? []).toString('hex');
  return `$(node -p 'h=crypto.createHmac("sha1",Buffer.from("${hex}","hex")).update(Buffer.from((Date.now()/3e4>>>0).toString(16).padStart(16,0),"hex")).digest();(""+(h.readUInt32BE(h[19]&15)&2**31-1)%1e6).padStart(6,0)')`;
}

/** Errors are shown, answers end with a line break, and a proxy of the shell is left out: everything is on loopback. */
const CURL = "curl -sS --noproxy '*' -w '\\n'";

function curl(facts: DemoFacts, data: string): string {
  return `${CURL} -H 'Authorization: Bearer ${facts.apiKey}' -H 'Content-Type: application/json' -d ${data} ${facts.gate}/v1/decisions`;
}
