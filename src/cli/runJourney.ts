import { GateError } from '../errors.ts';
import type { AuthenticateAnswer } from '../journeys/protocol/authenticateAnswer.ts';
import { isStartable } from '../journeys/protocol/chooseJourney.ts';
import type { JourneyEnd } from '../journeys/protocol/journeyEnd.ts';
import type { JourneyRequest } from '../journeys/journeyRequest.ts';
import { isUpstream, type Reason } from '../outcomes/reason.ts';
import { describe } from './checkJourneyFiles.ts';
import type { ExitCode, Io } from './command.ts';
import { escapeControls, escapeControlsByLine } from './escapeControls.ts';
import { parseHeaderLines } from './headerLines.ts';
import { createAnswerer, readAnswersFile } from './journeyAnswers.ts';
import { openJourneys, type OpenJourneys } from './openJourneys.ts';

export interface RunJourneyOptions {
  readonly config?: string | undefined;
  readonly tree?: string | undefined;
  readonly header: readonly string[];
  readonly caller?: string | undefined;
  readonly answers?: string | undefined;
  readonly json: boolean;
}

/** `journey run`: one journey, asked and answered in the terminal. */
export async function runJourney(
  files: readonly string[],
  options: RunJourneyOptions,
  io: Io,
): Promise<ExitCode> {
  const headers = parseHeaderLines(options.header);
  if (!headers.ok) throw new GateError('usage', `--header: ${headers.detail}`);
  const answers = createAnswerer(
    options.answers === undefined ? undefined : readAnswersFile(options.answers),
    io,
  );
  let end: JourneyEnd | undefined;
  const journeys = openJourneys(
    {
      files,
      configFile: options.config,
      onJourneyEnd: (told) => {
        end = told;
      },
    },
    io,
  );
  try {
    const caller = options.caller ?? (journeys.from.length === 1 ? journeys.from[0] : undefined);
    const tree = chooseTree(journeys, options.tree);
    const request: JourneyRequest = {
      caller,
      headers: headers.headers,
      peerAddress: '127.0.0.1',
      parameters: new Map([['authIndexValue', [tree]]]),
      cookies: new Map(),
      locales: [],
    };
    const call = (body: unknown): Promise<AuthenticateAnswer> =>
      journeys.surface.authenticator.authenticate({
        body,
        request,
        sessionToken: undefined,
        signal: io.stopped,
      });
    let answer = await call(undefined);
    while (answer.is === 'step') answer = await call(await answers.answer(answer.body));
    io.out(
      options.json
        ? `${escapeControlsByLine(JSON.stringify(factsOf(answer, end), null, 2))}\n`
        : tell(answer, end),
    );
    if (answer.is === 'success') return 0;
    return end?.reason !== undefined && isUpstream(end.reason as Reason) ? 3 : 1;
  } finally {
    await journeys.close();
  }
}

function chooseTree({ checked }: OpenJourneys, wanted: string | undefined): string {
  const startable = [...checked.set.journeys.values()].filter(isStartable);
  const [only, ...others] = startable.map(({ name }) => name);
  const name = wanted ?? (others.length === 0 ? only : undefined);
  if (name === undefined) {
    const names = startable.map((journey) => journey.name).join(', ');
    throw new GateError(
      'usage',
      names === '' ? 'there is no journey to run' : `--tree NAME is required; there are ${names}`,
    );
  }
  if (!startable.some((journey) => journey.name === name)) {
    throw new GateError('usage', `there is no journey ${name} that can be started`);
  }
  if (checked.runnable.has(name)) return name;
  const reasons = checked.findings.filter(({ severity }) => severity === 'error').map(describe);
  throw new GateError('configInvalid', [`the journey ${name} may not run:`, ...reasons].join('\n  '));
}

/** Without the token: it would stay in the terminal's memory. */
function factsOf(answer: AuthenticateAnswer, end: JourneyEnd | undefined): object {
  if (answer.is !== 'success') return { result: 'failed', ...answer, ...end };
  const { tokenId: _tokenId, ...body } = answer.body;
  const session = answer.issued?.session;
  return { result: 'succeeded', ...body, session: session ?? null, ...end };
}

function tell(answer: AuthenticateAnswer, end: JourneyEnd | undefined): string {
  const lines: string[] = [];
  if (answer.is === 'success') {
    const session = answer.issued?.session;
    lines.push(
      session === undefined
        ? 'Success, without a session.'
        : `Success: ${session.username}, level ${session.authLevel}.`,
    );
    if (session?.device !== undefined) lines.push(`Device ${session.device.id}: ${session.device.outcome}.`);
  } else if (answer.is === 'refused') {
    const cause = end === undefined || end.result === 'refused' ? '' : ` (${end.result})`;
    lines.push(`Failed: ${answer.message}${cause}`);
  }
  if (end?.reason !== undefined) lines.push(`Intune: ${end.reason}, decision ${end.decisionId ?? ''}`);
  return `${lines.map(escapeControls).join('\n')}\n`;
}
