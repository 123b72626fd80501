import { z } from 'zod';
import type { HeaderLine } from '../../node/requestContext.ts';
import { decodeMimeWords } from '../mimeWords.ts';
import { goTo, NodeFault } from '../nodeResult.ts';
import { defineNodeType } from '../nodeType.ts';
import { setting } from './settings.ts';

/** Takes user name and password from headers, where a client sends them without being asked. One of them is enough. */
export const zeroPageLogin = defineNodeType({
  type: 'ZeroPageLoginNode',
  displayName: 'Zero Page Login Collector',
  configuration: z.object({
    usernameHeader: setting(z.string().min(1), 'X-OpenAM-Username'),
    passwordHeader: setting(z.string().min(1), 'X-OpenAM-Password'),
    allowWithoutReferer: setting(z.boolean(), true),
    referrerWhiteList: setting<readonly string[]>(z.array(z.string()), []),
  }),
  outcomes: () => [
    { id: 'true', displayName: 'Has Credentials' },
    { id: 'false', displayName: 'No Credentials' },
  ],
  asks: () => 'never',
  inputs: () => [],
  run({ config, request, state }) {
    if (!mayRefer(config, request.headers)) return goTo('false');
    const username = singleValue(request.headers, config.usernameHeader);
    const password = singleValue(request.headers, config.passwordHeader);
    if (username !== undefined) state.putShared('username', username);
    if (password !== undefined) state.putTransient('password', password);
    return goTo(username === undefined && password === undefined ? 'false' : 'true');
  },
});

function mayRefer(
  config: { readonly allowWithoutReferer: boolean; readonly referrerWhiteList: readonly string[] },
  headers: readonly HeaderLine[],
): boolean {
  const [referer, ...others] = valuesOf(headers, 'referer');
  if (referer === undefined) return config.allowWithoutReferer;
  const { referrerWhiteList } = config;
  return others.length === 0 && (referrerWhiteList.length === 0 || referrerWhiteList.includes(referer));
}

function singleValue(headers: readonly HeaderLine[], name: string): string | undefined {
  const [value, ...others] = valuesOf(headers, name);
  if (others.length > 0) throw new NodeFault('a header with credentials is present more than once');
  return value === undefined || value === '' ? undefined : decodeMimeWords(value);
}

function valuesOf(headers: readonly HeaderLine[], name: string): readonly string[] {
  return headers
    .filter((line) => line[0].toLowerCase() === name.toLowerCase())
    .map(([, value]) => String(value));
}
