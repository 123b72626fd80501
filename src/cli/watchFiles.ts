import { fileState } from '../fileState.ts';

export interface WatchOptions {
  /** Files of interest, each with its state when it was read (`fileState`); asked anew at every look. */
  readonly files: () => ReadonlyMap<string, string>;
  /** Called when any of them has become another, and stayed the same since the look before. */
  readonly onChange: () => void;
  /** Between two looks, milliseconds. Default 2000. */
  readonly intervalMs?: number;
}

/**
 * Watches files by looking at them: this sees links that are switched and files that are replaced as well as those that are written
 * to, on every file system. Files that belong together, such as a certificate and its key, are rarely written in one instant, so a
 * change counts once nothing has changed for a whole interval.
 *
 * @returns ends the watch
 */
export function watchFiles({ files, onChange, intervalMs = 2_000 }: WatchOptions): () => void {
  let last = '';
  let told = '';
  const timer = setInterval(() => {
    const known = files();
    const seen = states([...known.keys()].map((file) => [file, fileState(file)]));
    const isStill = seen === last;
    last = seen;
    // A change that was told and did not lead to other files being of interest is not told again.
    if (!isStill || seen === states(known) || seen === told) return;
    told = seen;
    onChange();
  }, intervalMs).unref();
  return () => clearInterval(timer);
}

function states(files: Iterable<readonly [string, string]>): string {
  return [...files].map(([file, state]) => `${file} ${state}`).join('\n');
}
