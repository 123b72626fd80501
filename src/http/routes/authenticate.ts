import { AmError } from '../am/amError.ts';
import type { AmHandler } from '../am/amScope.ts';
import { checkApiVersion, type SupportedVersions } from '../am/apiVersion.ts';
import { journeyRequestOf } from '../am/journeyRequestOf.ts';
import { findHeldToken, sessionCookie } from '../am/sessionCookie.ts';
import { goneSignal } from '../goneSignal.ts';

const VERSIONS: SupportedVersions = { resource: [1, 2], answered: '2.1' };

/** `POST /json/{realmPath}/authenticate`: one step of a journey. */
export const authenticate: AmHandler = async (request, reply, surface, delivered) => {
  const version = request.headers['accept-api-version'];
  checkApiVersion(typeof version === 'string' ? version : undefined, VERSIONS);
  reply.header('content-api-version', `resource=${VERSIONS.answered}`);
  const answer = await surface.authenticator.authenticate({
    body: request.body,
    request: journeyRequestOf(request, delivered()),
    sessionToken: findHeldToken(request, surface.cookie)?.token,
    signal: goneSignal(reply),
  });
  switch (answer.is) {
    case 'step':
      return answer.body;
    case 'success':
      if (answer.issued !== undefined) {
        reply.header('set-cookie', sessionCookie(surface.cookie, answer.issued.token));
      }
      return answer.body;
    case 'refused':
      throw new AmError(answer.status, answer.message, answer.detail);
  }
};
