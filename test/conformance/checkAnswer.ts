import { isDeepStrictEqual } from 'node:util';
import type { CaseFacts, Expectation } from './requirement.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly durationMs: number;
}

const OUTCOME_IDS: Readonly<Record<string, string>> = {
  Compliant: 'COMPLIANT',
  NotCompliant: 'NONCOMPLIANT',
  InGracePeriod: 'INGRACEPERIOD',
  ConfigManager: 'CONFIGMANAGER',
  Conflict: 'CONFLICT',
  NoId: 'NOID',
  Unknown: 'UNKNOWN',
  Error: 'ERROR',
};

/** Every decision has these, null where there is nothing to say. */
const KNOWN_KEYS = [
  'outcome',
  'outcomeId',
  'reason',
  'message',
  'decisionId',
  'node',
  'evaluatedAt',
  'deviceId',
  'deviceIdSource',
  'deviceIdKind',
  'managedDeviceId',
  'azureADDeviceId',
  'evidence',
  'retryAfterSeconds',
  'warnings',
  'sharedState',
];
const EVIDENCE_KEYS = ['source', 'ageSeconds', 'lastSyncDateTime'];
/** Nobody is let in without a device that somebody vouches for. */
const OF_A_DEVICE: ReadonlySet<string> = new Set([
  'deviceId',
  'deviceIdSource',
  'deviceIdKind',
  'managedDeviceId',
  'evidence.source',
]);
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UTC_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

type Members = Readonly<Record<string, unknown>>;

/** Pure: everything about an answer that is not as expected, in words. */
export function checkAnswer(answer: Answer, expected: Expectation, facts: CaseFacts): readonly string[] {
  const { status = 200 } = expected;
  const wrong: string[] = [];
  if (answer.status !== status)
    return [`status is ${answer.status}, not ${status}: ${answer.text.slice(0, 300)}`];
  for (const text of expected.neverContains?.(facts) ?? []) {
    if (answer.text.includes(text)) wrong.push(`the answer contains ${JSON.stringify(text)}`);
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const actual = answer.headers[name] ?? '';
    if (typeof value === 'string' ? actual !== value : !value.test(actual))
      wrong.push(`header ${name} is ${JSON.stringify(actual)}`);
  }
  if (expected.fasterThanMs !== undefined && answer.durationMs > expected.fasterThanMs)
    wrong.push(`took ${Math.round(answer.durationMs)} ms`);
  if (expected.slowerThanMs !== undefined && answer.durationMs < expected.slowerThanMs)
    wrong.push(`took only ${Math.round(answer.durationMs)} ms`);
  const body = parseObject(answer.text);
  if (body === undefined) return [...wrong, `the body is no JSON object: ${answer.text.slice(0, 200)}`];
  wrong.push(
    ...(status === 200 ? checkDecision(body, answer, expected, facts) : checkProblem(body, answer, expected)),
  );
  const also = expected.also?.(body, facts);
  return also === undefined ? wrong : [...wrong, also];
}

function checkDecision(body: Members, answer: Answer, expected: Expectation, facts: CaseFacts): string[] {
  const wrong = checkShape(body, answer);
  expectOneOf(wrong, 'outcome', body['outcome'], expected.outcome);
  expectOneOf(wrong, 'reason', body['reason'], expected.reason);
  for (const [name, value] of Object.entries(expected.fields?.(facts) ?? {})) {
    if (!isDeepStrictEqual(body[name], value))
      wrong.push(`${name} is ${JSON.stringify(body[name])}, not ${JSON.stringify(value)}`);
  }
  const state = membersOf(body['sharedState']);
  for (const [key, value] of Object.entries(expected.sharedState?.(facts) ?? {})) {
    if (state[key] !== value)
      wrong.push(`sharedState ${key} is ${JSON.stringify(state[key])}, not ${JSON.stringify(value)}`);
  }
  for (const key of expected.absentKeys ?? []) if (key in state) wrong.push(`sharedState has ${key}`);
  if (expected.emptySharedState && Object.keys(state).length > 0)
    wrong.push(`sharedState has ${Object.keys(state).join(', ')}`);
  const warnings = Array.isArray(body['warnings'])
    ? (body['warnings'] as unknown[]).map((warning) => membersOf(warning)['reason'])
    : undefined;
  if (!isDeepStrictEqual(warnings, expected.warnings ?? []))
    wrong.push(`warnings are ${JSON.stringify(body['warnings'])}`);
  return wrong;
}

/** What is true of every decision, whatever it says. */
function checkShape(body: Members, answer: Answer): string[] {
  const wrong: string[] = [];
  if (!/^application\/json\b/.test(answer.headers['content-type'] ?? ''))
    wrong.push('is not application/json');
  for (const key of KNOWN_KEYS) if (body[key] === undefined) wrong.push(`${key} is missing`);
  const evidence = membersOf(body['evidence']);
  for (const key of EVIDENCE_KEYS) if (evidence[key] === undefined) wrong.push(`evidence.${key} is missing`);
  const { outcome, outcomeId, reason, message, decisionId, evaluatedAt } = body;
  if (OUTCOME_IDS[String(outcome)] !== outcomeId)
    wrong.push(`outcomeId ${String(outcomeId)} does not belong to ${String(outcome)}`);
  if (typeof message !== 'string' || message === '') wrong.push('message is empty');
  if (!GUID.test(String(decisionId))) wrong.push('decisionId is no GUID');
  if (!UTC_DATE.test(String(evaluatedAt))) wrong.push('evaluatedAt is no UTC date');
  if ((outcome === 'Compliant') !== (reason === 'compliant'))
    wrong.push(`${String(outcome)} stands beside ${String(reason)}`);
  if (outcome === 'Compliant') {
    for (const [name, value] of Object.entries({ ...body, 'evidence.source': evidence['source'] })) {
      if (value === null && OF_A_DEVICE.has(name)) wrong.push(`Compliant without ${name}`);
    }
  }
  const state = membersOf(body['sharedState']);
  for (const [key, value] of Object.entries(state)) {
    if (typeof value !== 'string' || value.trim() === '') wrong.push(`sharedState ${key} is not text`);
  }
  const isError = outcome === 'Error';
  if (isError !== 'INTUNE_ERROR_MESSAGE' in state) wrong.push('INTUNE_ERROR_MESSAGE belongs to Error alone');
  if (!isError && 'INTUNE_ERROR_STACKTRACE' in state) wrong.push('a stack trace without Error');
  return wrong;
}

function checkProblem(body: Members, answer: Answer, expected: Expectation): string[] {
  const wrong: string[] = [];
  if (!/^application\/problem\+json\b/.test(answer.headers['content-type'] ?? ''))
    wrong.push(`content-type is ${answer.headers['content-type'] ?? 'absent'}`);
  if (body['status'] !== answer.status) wrong.push(`status in the problem is ${String(body['status'])}`);
  for (const key of ['type', 'title', 'detail'])
    if (typeof body[key] !== 'string' || body[key] === '') wrong.push(`${key} is not text`);
  if ('outcome' in body) wrong.push('a problem has no outcome');
  const errors = Array.isArray(body['errors']) ? (body['errors'] as unknown[]) : [];
  for (const pointer of expected.pointers ?? []) {
    if (!errors.some((error) => membersOf(error)['pointer'] === pointer))
      wrong.push(`errors does not name ${pointer}: ${JSON.stringify(errors)}`);
  }
  return wrong;
}

function expectOneOf(
  wrong: string[],
  name: string,
  actual: unknown,
  expected: string | readonly string[] | undefined,
): void {
  if (expected === undefined) return;
  const allowed: readonly unknown[] = typeof expected === 'string' ? [expected] : expected;
  if (!allowed.includes(actual)) wrong.push(`${name} is ${String(actual)}, not ${allowed.join(' or ')}`);
}

function parseObject(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Members)
      : undefined;
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}
