import type { MailServer } from '../mail/mailServer.ts';
import type { MailConfig } from './mailSchema.ts';
import { MISSING, type Resolution } from './resolution.ts';
import { resolveCaPems } from './resolveCaPems.ts';

/** The configured SMTP servers, every secret resolved. */
export function resolveMail({ servers }: MailConfig, resolution: Resolution): readonly MailServer[] {
  const places = servers.map(({ host, port }) => `${host.toLowerCase()}:${port}`);
  return servers.map(({ caFile, username, password, ...server }, index) => {
    const at = ['mail', 'servers', index];
    if (places.indexOf(places[index] ?? '') !== index) resolution.problem(at, 'is listed twice');
    const caPems = resolveCaPems(caFile, [...at, 'caFile'], resolution);
    return {
      ...server,
      ...(caPems === undefined ? {} : { caPems }),
      ...(username === undefined || password === undefined
        ? {}
        : {
            login: {
              username,
              password: resolution.readSecret([...at, 'password'], password) ?? MISSING,
            },
          }),
    };
  });
}
