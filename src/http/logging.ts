import { pino, type DestinationStream, type Logger, type LevelWithSilent } from 'pino';

export type { Logger } from 'pino';

/**
 * The gate's logger: one line of JSON each, to stderr unless told otherwise. What is logged is chosen line by line and holds no
 * secrets and no personal data; the redaction is the net below, for whoever logs a request object by mistake.
 */
export function createLogger(
  level: LevelWithSilent,
  destination: DestinationStream = pino.destination(2),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { req: () => undefined, res: () => undefined, err: describeError },
      redact: {
        paths: [
          'headers',
          '*.headers',
          'body',
          '*.body',
          'authorization',
          '*.authorization',
          'secret',
          '*.secret',
          'password',
          '*.password',
          'token',
          '*.token',
        ],
        censor: '[hidden]',
      },
    },
    destination,
  );
}

/** The kind and the place of an error. Its text may hold what a client sent. */
function describeError(error: Error): {
  readonly name: string;
  readonly code: unknown;
  readonly stack: string;
} {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, code: (error as NodeJS.ErrnoException).code, stack: frames.join('\n') };
}
