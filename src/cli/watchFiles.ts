import { statSync } from 'node:fs';

export interface WatchOptions {
  /** The files as they are of interest now; asked anew at every look. */
  readonly files: () => readonly string[];
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
  let settled = lookAt(files());
  let last = settled;
  const timer = setInterval(() => {
    const seen = lookAt(files());
    const isStill = seen === last;
    last = seen;
    if (!isStill || seen === settled) return;
    onChange();
    // What is of interest may be other files from here on.
    settled = lookAt(files());
    last = settled;
  }, intervalMs).unref();
  return () => clearInterval(timer);
}

function lookAt(files: readonly string[]): string {
  return files
    .map((file) => {
      const facts = statSync(file, { throwIfNoEntry: false });
      return facts === undefined ? `${file} missing` : `${file} ${facts.ino} ${facts.size} ${facts.mtimeMs}`;
    })
    .join('\n');
}
