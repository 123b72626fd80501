/** The environment, as far as the gate looks at it. Read here and nowhere else. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function processEnvironment(): Environment {
  return process.env;
}

/** Reads a flag the way other connectors write it. Undefined if unset or empty. */
export function parseFlag(value: string | undefined): boolean | 'invalid' | undefined {
  switch (value?.trim().toLowerCase()) {
    case undefined:
    case '':
      return undefined;
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return true;
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return false;
    default:
      return 'invalid';
  }
}
