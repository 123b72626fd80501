import {
  ERROR_MESSAGE_KEY,
  ERROR_STACKTRACE_KEY,
  PING_EXCEPTION_KEY,
  PING_STACKTRACE_KEY,
} from './intuneKeys.ts';
import type { Scrub } from './scrub.ts';
import type { StateEntries } from './stateEntries.ts';

/** A stack deeper than this says nothing more, and shared state travels with the client. */
const LONGEST_STACK = 4_000;

export interface ErrorEntriesOptions {
  readonly scrub: Scrub;
  /** Also write Ping's two keys, in Ping's form `<date>: <text>`, for journeys that read them. */
  readonly pingKeys: boolean;
  /** When the decision was made, milliseconds since 1970. */
  readonly at: number;
}

/** The entries beside the outcome Error: the message, and the stack trace where an exception was behind it. */
export function errorEntries(
  message: string,
  cause: Error | undefined,
  options: ErrorEntriesOptions,
): StateEntries {
  const text = options.scrub(message);
  const stack = cause === undefined ? undefined : stackText(cause, options.scrub);
  const date = javaDate(options.at);
  return {
    [ERROR_MESSAGE_KEY]: text,
    ...(stack === undefined ? {} : { [ERROR_STACKTRACE_KEY]: stack }),
    ...(options.pingKeys ? { [PING_EXCEPTION_KEY]: `${date}: ${text}` } : {}),
    ...(options.pingKeys && stack !== undefined ? { [PING_STACKTRACE_KEY]: `${date}: ${stack}` } : {}),
  };
}

/** The stacks of an error and of what caused it, with every path cut down to what lies inside the package. */
function stackText(error: Error, scrub: Scrub): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 4 && current instanceof Error; depth += 1) {
    parts.push(current.stack ?? `${current.name}: ${current.message}`);
    current = current.cause;
  }
  return scrub(relativePaths(parts.join('\nCaused by: '))).slice(0, LONGEST_STACK);
}

/** `file:///opt/app/dist/node/x.js:1:2` becomes `dist/node/x.js:1:2`; where the gate is installed is nobody's business. */
function relativePaths(stack: string): string {
  return stack
    .split('\n')
    .map((line) => line.replace(/^\s+at /.test(line) ? FRAME_PATH : PATH, insidePackage))
    .join('\n');
}

/** The path of a stack frame, which may hold spaces; and a path in running text, which ends at one. */
const FRAME_PATH = /(?<=\(|at )(?:file:\/\/)?(?:[A-Za-z]:)?[\\/].*(?=:\d+:\d+)/;
const PATH = /(?<=^|[\s('"`])(?:file:\/\/)?(?:[A-Za-z]:)?[\\/][^\s()'"`]*/g;

function insidePackage(path: string): string {
  const start = /.*[\\/]((?:node_modules|dist|src|test)[\\/].*)/.exec(path);
  return start?.[1] ?? path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Java's `Date.toString()`, e.g. `Sat Nov 21 09:30:00 UTC 2026`. */
function javaDate(at: number): string {
  const [weekday, day, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
