import { extname } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { canonicalUsername } from '../../identity/canonicalUsername.ts';
import { isPasswordHash } from '../passwordHash.ts';
import { createStateFile, type StateFile } from '../stateFile.ts';

const account = z.strictObject({
  username: z
    .string()
    .refine((name) => canonicalUsername(name) === name, 'is no name, or not in Unicode form C'),
  /** Never reused. */
  id: z.uuid(),
  /** Without one nobody logs in with a password. */
  passwordHash: z.string().refine(isPasswordHash, 'is no argon2id hash').optional(),
  /** From then on the password must be changed first. */
  passwordExpiresAt: z.iso.datetime().optional(),
  active: z.boolean().default(true),
  attributes: z.record(z.string().min(1).max(100), z.array(z.string().max(1_000)).max(100)).default({}),
});

const schema = z.strictObject({ version: z.literal(1), users: z.array(account).max(100_000) });

export type Account = z.output<typeof account>;

/** The accounts of a file, in its order, found by name without a search. */
export interface Accounts {
  readonly byName: Map<string, Account>;
}

const HEAD =
  ' Written by `intune-gate users`, which does not keep comments. Not to be read by others: chmod 600.\n';

/** The file of accounts, YAML or JSON by its extension. Edited by hand or by `intune-gate users`; read again after every change. */
export function createAccountFile(file: string, mayBeAbsent: boolean): StateFile<Accounts> {
  return createStateFile<Accounts>({
    file,
    called: 'the file of users',
    empty: mayBeAbsent ? () => ({ byName: new Map() }) : undefined,
    parse: parseAccounts,
    format(accounts) {
      const value = { version: 1, users: [...accounts.byName.values()] };
      return extname(file) === '.json'
        ? `${JSON.stringify(value, null, 2)}\n`
        : `#${HEAD}${stringify(value, { lineWidth: 0 })}`;
    },
  });
}

/** Pure. @throws Error with the first mistake, with its place and without its value */
function parseAccounts(text: string): Accounts {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) throw new Error('it is no valid YAML or JSON');
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }) as unknown);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.trim());
  }
  const byName = new Map(parsed.data.users.map((user) => [user.username, user]));
  if (byName.size < parsed.data.users.length) throw new Error('two users have one name');
  if (new Set(parsed.data.users.map(({ id }) => id)).size < byName.size)
    throw new Error('two users have one id');
  return { byName };
}
