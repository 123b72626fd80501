import { GateError } from '../../errors.ts';
import { openExpressionEngine, type Expression } from '../../inventory/expressions/expressionEngine.ts';
import { FIELDS } from '../../inventory/fields/fieldCatalogue.ts';
import { readFieldValue, type FieldValue } from '../../inventory/fields/fieldValue.ts';
import { formatFinding, type Finding } from '../../inventory/finding.ts';
import { parseStrictJson } from '../../strictJson.ts';
import type { ExitCode, Io } from '../command.ts';
import { escapeControls, escapeControlsByLine } from '../escapeControls.ts';
import { parseOptions, required } from '../parseOptions.ts';
import { readMapping } from './openInventory.ts';
import { readInputFile } from './readInput.ts';

/** What each expression gives for one device. */
export async function tryAction(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(
    args,
    { device: { type: 'string' }, mapping: { type: 'string' } },
    true,
  );
  if (positionals.length === 0) throw new GateError('usage', 'say at least one expression');
  const file = required(values.device, '--device FILE.json');
  const mapping = values.mapping === undefined ? undefined : readMapping(values.mapping);
  if (mapping !== undefined && !mapping.ok) return tell(io, mapping.findings);
  const device = parseDevice(readInputFile(file), file, mapping?.mapping.blanks === 'null');
  if ('code' in device) return tell(io, [device]);

  const engine = await openExpressionEngine(Date.now());
  try {
    const expressions: Expression[] = [];
    const findings: Finding[] = [];
    for (const text of positionals) {
      const compiled = await engine.compile(text, () => true);
      if (compiled.ok) expressions.push(compiled.expression);
      else findings.push(about(text, compiled.finding));
    }
    if (findings.length > 0) return tell(io, findings);
    const results: unknown[] = [];
    for (const expression of expressions) {
      const bad = [...expression.fields].find((field) => Object.hasOwn(device.problems, field.graph));
      if (bad !== undefined)
        return tell(io, [
          {
            code: 'deviceInvalid',
            message: `${device.problems[bad.graph] ?? ''}.`,
            todo: 'Give a device as Graph returns it.',
            file,
          },
        ]);
      const result = await engine.evaluate([expression], device.values);
      if (!result.ok) return tell(io, [about(expression.text, result.finding)]);
      results.push(...result.values);
    }
    io.out(`${escapeControlsByLine(JSON.stringify(results))}\n`);
    return 0;
  } finally {
    engine.close();
  }
}

interface Device {
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Of values that are not as they should be, by Graph's name; they matter if an expression uses them. */
  readonly problems: Readonly<Record<string, string>>;
}

/** The documentation's examples wrap a device in `value`; Graph does not. */
function parseDevice(text: string, file: string, blanksAreNull: boolean): Device | Finding {
  const parsed = parseStrictJson(text, 'keep');
  const top = parsed.ok ? parsed.value : undefined;
  const inner = isObject(top) && !Object.hasOwn(top, 'id') && isObject(top['value']) ? top['value'] : top;
  if (!isObject(inner)) {
    return {
      code: 'deviceInvalid',
      message: `the file holds no device${parsed.ok ? '' : `: ${parsed.detail.replace(/\.$/, '')}`}.`,
      todo: 'Give one managed device as Graph returns it, a JSON object.',
      file,
    };
  }
  const byName = new Map(Object.entries(inner).map(([name, value]) => [name.toLowerCase(), value]));
  const values: Record<string, FieldValue> = {};
  const problems: Record<string, string> = {};
  for (const field of FIELDS) {
    const read = readFieldValue(field, byName.get(field.graph.toLowerCase()), blanksAreNull);
    if (read.ok) values[field.graph] = read.value;
    else problems[field.graph] = read.problem;
  }
  return { values, problems };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function about(expression: string, finding: Finding): Finding {
  return { ...finding, message: `${expression.slice(0, 200)}: ${finding.message}` };
}

function tell(io: Io, findings: readonly Finding[]): ExitCode {
  io.out(`${escapeControlsByLine(JSON.stringify({ findings }))}\n`);
  for (const finding of findings) io.err(`${escapeControls(formatFinding(finding))}\n`);
  return 2;
}
