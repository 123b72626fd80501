import { randomUUID } from 'node:crypto';
import { GateError } from '../errors.ts';
import { inputSchemaOf, pathInputs } from '../http/operationInput.ts';
import { OPERATIONS } from '../operations/catalogue.ts';
import { SECRET, type JsonSchema } from '../operations/marks.ts';
import type { Operation } from '../operations/operation.ts';
import type { Command, ExitCode, Io } from './command.ts';
import {
  askGate,
  GATE_HELP,
  GATE_OPTIONS,
  openGateAccess,
  tellProblem,
  tellUnreachable,
} from './gateClient.ts';
import { parseOptions } from './parseOptions.ts';
import { renderAnswer } from './renderAnswer.ts';

/** What a table of devices, members or apps shows; the rest is in the JSON. */
const COLUMNS = [
  'id',
  'device_name',
  'operating_system',
  'os_version',
  'compliance_state',
  'last_sync_at',
  'kind',
  'display_name',
  'version',
  'publisher',
  'device_id',
  'action',
  'state',
  'started_at',
  'updated_at',
  'step',
  'finding',
  'reason',
  'message',
];

/** The command for one group of operations: an action for each of them, with its inputs as options. */
export function createOperationCommand(group: 'devices' | 'groups', summary: string): Command {
  const operations = OPERATIONS.filter(({ command }) => command.words[0] === group);
  return {
    name: group,
    summary,
    help: helpOf(group, operations),
    async run(args, io) {
      const [action, ...rest] = args;
      const operation = operations.find(({ command }) => command.words[1] === action);
      if (operation === undefined) {
        const known = operations.map(({ command }) => command.words[1]).join(', ');
        throw new GateError('usage', `say one of: ${known}`);
      }
      return runOperation(operation, rest, io);
    },
  };
}

async function runOperation(operation: Operation, args: readonly string[], io: Io): Promise<ExitCode> {
  const name = operation.command.words.join(' ');
  const schema = inputSchemaOf(operation);
  const options = optionsOf(operation, schema);
  const parsed = parseOptions(
    args,
    {
      ...GATE_OPTIONS,
      json: { type: 'boolean' },
      all: { type: 'boolean' },
      ...Object.fromEntries(options.map(({ option, type, multiple }) => [option, { type, multiple }])),
    },
    true,
  );
  const values = parsed.values as Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  const { operands } = operation.command;
  if (parsed.positionals.length !== operands.length) {
    throw new GateError('usage', `say \`${name}${operands.map((one) => ` ${one.toUpperCase()}`).join('')}\``);
  }
  const input: Record<string, unknown> = Object.fromEntries(
    operands.map((operand, index) => [operand, parsed.positionals[index]]),
  );
  for (const { option, input: key, isNumber, isSecret } of options) {
    const value = values[option];
    if (value === undefined) continue;
    if (isSecret) input[key] = (await io.readLine(`${key}: `, true)) ?? '';
    else input[key] = isNumber ? Number(value) : value;
  }
  if (operation.class !== 'READ') input['request_id'] ??= randomUUID();
  const hasPages = Object.hasOwn(schema.properties ?? {}, 'cursor');
  if (values['all'] === true && !hasPages)
    throw new GateError('usage', `--all does not belong to \`${name}\``);

  const access = openGateAccess(parsed.values, io);
  for (;;) {
    const { path, body } = requestOf(operation, input);
    let reply;
    try {
      reply = await askGate(access, operation.route.method, path, body);
    } catch (error) {
      tellCursor(input, io);
      return tellUnreachable(error, access, name, io);
    }
    if (reply.status >= 300) {
      tellCursor(input, io);
      return tellProblem(reply, name, io);
    }
    const answer = (reply.body ?? {}) as Readonly<Record<string, unknown>>;
    io.out(values['json'] === true ? `${JSON.stringify(answer)}\n` : renderAnswer(answer, COLUMNS));
    const { cursor } = answer;
    if (values['all'] === true && typeof cursor === 'string') {
      input['cursor'] = cursor;
      continue;
    }
    return answer['passes'] === false ? 1 : 0;
  }
}

/** A list that broke off goes on from here. */
function tellCursor({ cursor }: Readonly<Record<string, unknown>>, io: Io): void {
  if (typeof cursor === 'string') io.err(`Go on with: --cursor ${cursor}\n`);
}

interface OptionFacts {
  readonly option: string;
  readonly input: string;
  readonly type: 'string' | 'boolean';
  readonly multiple: boolean;
  readonly isNumber: boolean;
  readonly isSecret: boolean;
  readonly description: string;
}

function optionsOf({ command }: Operation, { properties = {} }: JsonSchema): readonly OptionFacts[] {
  return Object.entries(properties)
    .filter(([input]) => !command.operands.includes(input))
    .map(([input, schema]) => {
      const isSecret = schema[SECRET] === true;
      return {
        option: input
          .replaceAll('_', '-')
          .replace(/-(ids|names)$/, (_, word: string) => `-${word.slice(0, -1)}`),
        input,
        // A secret has no place on a command line: it is asked for.
        type: schema['type'] === 'boolean' || isSecret ? 'boolean' : 'string',
        multiple: schema['type'] === 'array',
        isNumber: schema['type'] === 'integer',
        isSecret,
        description: typeof schema['description'] === 'string' ? schema['description'] : '',
      };
    });
}

function requestOf(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): { readonly path: string; readonly body: object | undefined } {
  const inPath = pathInputs(operation);
  const path = `/v1${operation.route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(input[key])))}`;
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !inPath.includes(key)));
  if (operation.route.method === 'POST') return { path, body: rest };
  const query = new URLSearchParams(
    Object.entries(rest).map(([key, value]): [string, string] => [key, String(value)]),
  );
  return { path: query.size === 0 ? path : `${path}?${query.toString()}`, body: undefined };
}

function helpOf(group: string, operations: readonly Operation[]): string {
  const usage = operations.map(
    ({ command }) =>
      `intune-gate ${command.words.join(' ')}${command.operands.map((one) => ` ${one.toUpperCase()}`).join('')} [OPTIONS]`,
  );
  return [
    '',
    ...usage.map((line, index) => `${index === 0 ? 'Usage:' : '      '} ${line}`),
    '',
    `Asks a running gate, with your API key; what you may do there is what the key was granted (docs/deviceOperations.md).`,
    '',
    ...operations.flatMap((operation) => [
      `${operation.command.words[1]}: ${operation.summary} (${operation.class})`,
      ...optionsOf(operation, inputSchemaOf(operation)).map(
        ({ option, type, description, multiple, isSecret }) =>
          `  --${option}${type === 'string' ? ' VALUE' : ''}  ${isSecret ? 'Asks for it. ' : ''}${description}${multiple ? ' May be repeated.' : ''}`,
      ),
      '',
    ]),
    ...(group === 'devices'
      ? [
          'What changes a device of class MUTATE only asks: somebody else approves it (intune-gate approvals).',
          '',
        ]
      : []),
    '--all            read all pages, one answer after the other; for lists',
    '--json           print answers as JSON, one line each',
    GATE_HELP,
    '',
    'Exit codes: 0 done, or waiting for approval; 1 refused, or the device would not pass; 2 usage, or the key is not known; 3 no answer.',
    '',
  ].join('\n');
}
