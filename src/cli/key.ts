import { createHash, randomBytes } from 'node:crypto';
import type { Command } from './command.ts';
import { parseOptions } from './parseOptions.ts';

export const keyCommand: Command = {
  name: 'key',
  summary: 'make an API key and the hash of it that goes into the configuration',
  help: `
Usage: intune-gate key [--json]

Makes a random API key. Give the key to the caller; put its hash under callers[].apiKeySha256. The gate never stores the key.
`,
  async run(args, io) {
    const { values } = parseOptions(args, { json: { type: 'boolean' } });
    const key = createApiKey();
    const sha256 = hashApiKey(key);
    io.out(
      values.json === true ? `${JSON.stringify({ key, sha256 })}\n` : `key     ${key}\nsha256  ${sha256}\n`,
    );
    return 0;
  },
};

/** 256 random bits, with a prefix that secret scanners can look for. */
export function createApiKey(): string {
  return `igk_${randomBytes(32).toString('base64url')}`;
}

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
