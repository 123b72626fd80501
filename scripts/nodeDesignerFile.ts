import { readFileSync } from 'node:fs';
import { OUTCOME_IDS } from '../src/outcomes/outcome.ts';

/** Its own for ever: journeys name the type by it. */
const SERVICE_NAME = '1f6d0c3a9b7e4d58a2c4e6f8b0d1357e';

/** What the Node Designer of AM imports: the script of the next-generation pack, with settings in place of its first lines. */
export function nodeDesignerFile(): string {
  const script = readFileSync(
    new URL('../integrations/ping/next-gen/intune-compliance.js', import.meta.url),
    'utf8',
  );
  const id = `${SERVICE_NAME}-1`;
  const node = {
    _id: id,
    serviceName: SERVICE_NAME,
    version: 1,
    displayName: 'Intune Compliance (intune-gate)',
    description: 'Asks intune-gate whether Microsoft Intune holds the device of this login to be compliant.',
    tags: ['risk', 'utilities'],
    outcomes: Object.values(OUTCOME_IDS),
    inputs: [],
    outputs: [],
    errorOutcome: true,
    script,
    properties: {
      serviceUrl: text(
        'Address of the gate',
        'Origin of intune-gate, e.g. https://gate.example',
        'https://gate.example',
      ),
      apiKeyEsv: text(
        'ESV of the key',
        'Name of the ESV that holds the key of this caller',
        'esv.intune.gate.key',
      ),
      gateNode: text('Node of the gate', 'Name of the node in the configuration of the gate', 'default'),
      deviceHeaders: {
        ...text('Device headers', 'Headers of the login that tell the device', ['x-intune']),
        multivalued: true,
      },
      stateKeys: {
        ...text('State for the gate', 'Keys of the state that the gate may see; nothing else leaves', [
          'username',
        ]),
        required: false,
        multivalued: true,
      },
      httpClientName: {
        ...text(
          'HTTP client',
          'Instance of the HTTP Client service, for timeouts or mutual TLS; empty for the default',
          '',
        ),
        required: false,
      },
    },
  };
  return `${JSON.stringify({ nodeTypes: { [id]: node } }, null, 2)}\n`;
}

function text(title: string, description: string, defaultValue: string | readonly string[]) {
  return {
    title,
    description,
    type: 'STRING',
    required: true,
    defaultValue,
    multivalued: false,
    options: {},
  };
}
