import { statSync } from 'node:fs';

/**
 * What a file is now, in a form that is another one as soon as the file has been written to, replaced, removed, or its link switched.
 * What cannot be looked at is a state, too. Never throws.
 */
export function fileState(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
