import { spawnSync } from 'node:child_process';

/**
 * Whether a program that npm does not bring is there. If not, it is said loudly, and the suites that need it are skipped, unless the
 * environment variable CI is true: then they fail.
 */
export function findProgram(program: string, debianPackage: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin" command -v ${program}`], {
    encoding: 'utf8',
  });
  if (status === 0) return stdout.trim();
  process.stderr.write(`NOT TESTED: ${program} is missing; apt-get install ${debianPackage}\n`);
  if (process.env['CI'] === 'true') throw new Error(`${program} is missing`);
  return undefined;
}
