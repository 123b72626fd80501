import { readFileSync } from 'node:fs';
import { GateError } from '../errors.ts';
import { ENCODING_NAMES } from '../tls/encodings/encodings.ts';
import type { Command, ExitCode, Io } from './command.ts';
import { createInspector, type Inspector } from './inspectCertificate.ts';
import { inspectHeaders, inspectLines, inspectPem } from './inspectStream.ts';
import {
  parseDefaults,
  parseSettings,
  PROFILE_NAMES,
  type InspectionSettings,
  type RawSettings,
} from './inspectionSettings.ts';
import { parseOptions, required } from './parseOptions.ts';

const help = `
Usage: intune-gate certificate inspect --profile FORMAT --trust FILE [OPTIONS] < headers
       intune-gate certificate inspect --profile pem --trust FILE [OPTIONS] < certificate.pem
       intune-gate certificate inspect --jsonl [OPTIONS] < lines.jsonl

Decodes a client certificate that a proxy forwarded in a header, validates it, finds the device ids in it, and prints one JSON object.
It reads header lines (Name: value) as the proxy sends them, and judges decoding and path; whether to believe the proxy is for the
configuration to say.

--profile FORMAT      how the proxy forwards: ${PROFILE_NAMES.join(' ')}
--header NAME         the header, where it is not the default of the profile
--encoding E          with profile generic: ${ENCODING_NAMES.join(' ')}
--trust FILE          CA certificates to trust, PEM; may be repeated
--intermediates FILE  further CA certificates, PEM; may be repeated
--crl FILE            certificate revocation list, PEM or DER; may be repeated
--crl-policy POLICY   require: every certificate of the path needs a current list; whenPresent: those of a CA that no list is of go
                      without; default whenPresent
--ocsp FILE           OCSP response, DER; may be repeated. With it every certificate of the path needs a good answer, from a response
                      or from a list
--at TIME             judge as of this time (2026-11-21T12:00:00Z, or seconds since 1970); default: now
--purpose PURPOSE     client, server or any; default client
--hostname HOST       the certificate must be for this host
--max-depth N         most CA certificates between the certificate and the trusted one
--verify NAME=VALUE   this header must have this value (an empty one: be empty or missing); may be repeated
--tenant-id GUID      certificates that name an Entra tenant must name this one
--jsonl               one JSON object per line in, one out: {"rawHeaders":[name, value, …]} or {"pem":"…"}, with an id to repeat in
                      the answer, and the options above as further keys (trust, intermediates and crl as text or lists of it, ocsp as
                      base64, not as files); those of the command line are the defaults

Examples:
  intune-gate certificate inspect --profile nginx --header x-ssl-client-cert --trust ca.pem < headers
  intune-gate certificate inspect --profile haproxy --verify x-ssl-client-used=1 --verify x-ssl-client-verify=0 --trust ca.pem < headers
  intune-gate certificate inspect --profile generic --encoding base64-pem --header x-cert --trust ca.pem < headers
  intune-gate certificate inspect --profile pem --trust root.pem --intermediates issuing.pem --at 2026-12-01 < device.pem

Exit codes: 0 everything was accepted, 1 something was rejected or absent, 2 usage.
`;

/** Makes the command. Input is a stream, so that memory stays bounded whatever is poured in. */
export function createCertificateCommand(options: {
  readonly input: () => AsyncIterable<Uint8Array>;
  readonly now: () => number;
}): Command {
  return {
    name: 'certificate',
    summary: 'decode and judge certificates that proxies forward',
    help,
    async run(args, io) {
      const { values, positionals } = parseOptions(
        args,
        {
          profile: { type: 'string' },
          header: { type: 'string' },
          encoding: { type: 'string' },
          trust: { type: 'string', multiple: true },
          intermediates: { type: 'string', multiple: true },
          crl: { type: 'string', multiple: true },
          'crl-policy': { type: 'string' },
          ocsp: { type: 'string', multiple: true },
          at: { type: 'string' },
          purpose: { type: 'string' },
          hostname: { type: 'string' },
          'max-depth': { type: 'string' },
          verify: { type: 'string', multiple: true },
          'tenant-id': { type: 'string' },
          jsonl: { type: 'boolean' },
        },
        true,
      );
      if (positionals.length !== 1 || positionals[0] !== 'inspect') {
        throw new GateError(
          'usage',
          positionals[0] === 'inspect'
            ? 'it reads standard input and takes no file: say `certificate inspect … < FILE`'
            : 'say `certificate inspect`',
        );
      }
      const {
        'crl-policy': crlPolicy,
        'max-depth': maxDepth,
        'tenant-id': tenantId,
        jsonl,
        ...named
      } = values;
      const raw: RawSettings = {
        ...named,
        crlPolicy,
        maxDepth,
        tenantId,
        trust: values.trust?.map(readText),
        intermediates: values.intermediates?.map(readText),
        crl: values.crl?.map(readRevocationList),
        ocsp: values.ocsp?.map((file) => readInput(file).toString('base64')),
      };
      const inspector = createInspector(options);
      if (jsonl === true) {
        checkDefaults(inspector, raw, io);
        const counts = await inspectLines(inspector, raw, options.input(), (report) => {
          io.out(`${JSON.stringify(report)}\n`);
        });
        if (counts.lines === 0) io.err('intune-gate certificate: there was nothing to inspect\n');
        return counts.lines > 0 && counts.accepted === counts.lines ? 0 : 1;
      }
      required(values.trust?.[0], '--trust FILE');
      return inspectOne(inspector, raw, options.input(), io);
    },
  };
}

export const certificateCommand = createCertificateCommand({ input: () => process.stdin, now: Date.now });

async function inspectOne(
  inspector: Inspector,
  raw: RawSettings,
  input: AsyncIterable<Uint8Array>,
  io: Io,
): Promise<ExitCode> {
  const parsed = parseSettings(raw);
  if (!parsed.ok) throw new GateError('usage', parsed.detail);
  const { settings } = parsed;
  checkTrust(inspector, settings, io);
  const report =
    settings.forwarded === undefined
      ? await inspectPem(inspector, settings, input)
      : await inspectHeaders(inspector, settings, input);
  io.out(`${JSON.stringify(report, null, 2)}\n`);
  return report.verdict === 'accepted' ? 0 : 1;
}

/** What is wrong on the command line is wrong for every line. */
function checkDefaults(inspector: Inspector, raw: RawSettings, io: Io): void {
  const parsed = parseDefaults(raw);
  if (!parsed.ok) throw new GateError('usage', parsed.detail);
  checkTrust(inspector, parsed.settings, io);
}

function checkTrust(inspector: Inspector, settings: InspectionSettings, io: Io): void {
  try {
    for (const sentence of inspector.checkTrust(settings)) io.err(`intune-gate certificate: ${sentence}\n`);
  } catch (error) {
    throw new GateError('usage', `--trust or --crl cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function readText(file: string): string {
  return readInput(file).toString('latin1');
}

function readRevocationList(file: string): string {
  const bytes = readInput(file);
  // DER begins with a SEQUENCE; text does not begin with a zero.
  return bytes[0] === 0x30 && bytes[1] !== undefined && bytes[1] >= 0x80
    ? bytes.toString('base64')
    : bytes.toString('latin1');
}

function readInput(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new GateError('usage', `${file} cannot be read`, { cause: error });
  }
}
