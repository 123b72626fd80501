import type { FastifyReply } from 'fastify';
import type { Decision } from '../../node/decision.ts';
import type { Policy } from '../../policy/policy.ts';
import { isRefused } from '../../policy/refusedReasons.ts';
import { stepUpChallenge } from './challenge.ts';
import type { Contract } from './contract.ts';
import type { OriginalRequest } from './originalRequest.ts';
import { pageLocation, type GuardPages } from './pageLocation.ts';

/** Sends people to the login page, and tells programs what is missing. */
export async function challenge(
  reply: FastifyReply,
  { stepUp }: Policy,
  original: OriginalRequest,
  { loginUrl, allowedHosts }: GuardPages,
  contract: Contract,
): Promise<void> {
  reply.header('www-authenticate', stepUpChallenge(stepUp));
  const location = original.isNavigation
    ? // Whoever has a session already is to log in all the same: it was not enough.
      pageLocation(loginUrl, original, allowedHosts, { service: stepUp.journey, ForceAuth: 'true' })
    : undefined;
  await send(reply, { contract, status: 401, location }, STEP_UP);
}

/** People are taken to a page that says why, if there is one; but not those who present what is not theirs. */
export async function refuse(
  reply: FastifyReply,
  { reason }: Decision,
  original: OriginalRequest,
  { deniedUrl, allowedHosts }: GuardPages,
  contract: Contract,
): Promise<void> {
  const location =
    deniedUrl === undefined || !original.isNavigation || isRefused(reason)
      ? undefined
      : pageLocation(deniedUrl, original, allowedHosts);
  await send(
    reply,
    { contract, status: 403, location },
    { name: 'deviceDenied', title: 'The device may not go on.' },
  );
}

const STEP_UP = { name: 'stepUpRequired', title: 'A login with this device is required.' } as const;

/** nginx knows no redirect here: it gets the status, and the address beside it. */
async function send(
  reply: FastifyReply,
  answer: { readonly contract: Contract; readonly status: 401 | 403; readonly location: string | undefined },
  { name, title }: { readonly name: string; readonly title: string },
): Promise<void> {
  const { contract, location } = answer;
  if (location !== undefined) reply.header('location', location);
  const status = location === undefined || contract === 'request' ? answer.status : 302;
  await reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: `urn:intune-gate:problem:${name}`, title, status: answer.status }));
}

export async function deny(reply: FastifyReply, title: string): Promise<void> {
  await send(
    reply,
    { contract: 'request', status: 403, location: undefined },
    { name: 'deviceDenied', title },
  );
}
