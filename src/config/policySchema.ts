import { z } from 'zod';
import { OUTCOMES, type Outcome } from '../outcomes/outcome.ts';
import type { Reason } from '../outcomes/reason.ts';
import { ACTIONS } from '../policy/action.ts';
import { ALLOWED_HOST } from '../policy/allowedRedirect.ts';
import { NAMEABLE_REASONS } from '../policy/refusedReasons.ts';
import { name } from './schemaParts.ts';

const action = z.enum(ACTIONS);

/** What a proxy does with an outcome. */
export const policy = z
  .strictObject({
    node: name.describe('The node that decides.'),
    mode: z
      .enum(['enforce', 'monitor'])
      .default('enforce')
      .describe(
        '`monitor` decides and records, lets through, and reports what `enforce` would have done. Signs of spoofing are denied in both.',
      ),
    outcomes: z
      .partialRecord(z.enum(OUTCOMES as [Outcome, ...Outcome[]]), action)
      .default({})
      .describe(
        'What to do by outcome. Compliant is `allow` unless it says otherwise; whatever is not listed is denied.',
      ),
    reasons: z
      .partialRecord(z.enum(NAMEABLE_REASONS as [Reason, ...Reason[]]), action)
      .default({})
      .describe(
        'What to do by reason; goes before the outcome. What was presented and is not good (docs/forwardAuth.md) cannot be named: it is always denied.',
      ),
    requireDevice: z
      .boolean()
      .optional()
      .describe(
        'False: no device is needed, and what is not listed is a warning; default: INTUNE_COMPLIANCE_REQUIRED, else true.',
      ),
    strict: z
      .boolean()
      .optional()
      .describe(
        'False: who presents no device at all passes with a warning, unless NoId is listed; default: INTUNE_COMPLIANCE_STRICT, else true.',
      ),
    maxAnswerAgeSeconds: z
      .number()
      .min(0)
      .max(86_400)
      .optional()
      .describe(
        'Oldest remembered answer that counts here, also in an outage; 0 asks Microsoft each time. Narrows what the node says.',
      ),
    maxCheckInAgeHours: z
      .number()
      .positive()
      .max(24 * 365)
      .optional()
      .describe('Oldest check-in that is accepted here, in hours. Narrows what the node says.'),
    authLevel: z
      .int()
      .min(0)
      .max(1_000)
      .default(0)
      .describe('Least level of a login that satisfies `stepUp`; 0 is any login.'),
    maxLoginAgeMinutes: z
      .number()
      .positive()
      .max(525_600)
      .optional()
      .describe('Oldest login that satisfies `stepUp`, in minutes; default: as old as a session may be.'),
    journey: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Journey that the login page is asked to run for a step-up; default: its own.'),
  })
  .describe('One policy.');

const pageUrl = z
  .string()
  .max(2_000)
  .refine((value) => isPageUrl(value), {
    error: 'must be an https URL without a query, or a path such as /login',
  });

/** Where people are sent to log in, and where from there. */
export const stepUp = z
  .strictObject({
    loginUrl: pageUrl
      .default('/login')
      .describe(
        'The login page. A path is one of the host that was asked for, where the proxy passes it on to the gate. Its query gets `goto`.',
      ),
    deniedUrl: pageUrl
      .optional()
      .describe(
        'Page for people who are denied, as `loginUrl`, e.g. /device; default: none, they get 403 and no page.',
      ),
    allowedHosts: z
      .array(
        z
          .string()
          .max(253)
          .regex(ALLOWED_HOST, 'must be a host, e.g. app.example, app.example:8443 or *.example.com'),
      )
      .max(1_000)
      .default([])
      .describe(
        'Hosts that people may be sent back to after a login. An empty list means none: nobody is redirected.',
      ),
  })
  .describe('How a policy that says `stepUp` takes people to the login page.');

export type PolicyConfig = z.output<typeof policy>;

function isPageUrl(value: string): boolean {
  if (/^\/(?![/\\])[!#-;=@-[\]_a-z~]*$/.test(value)) return !/[?#]/.test(value);
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return (
    (url.protocol === 'https:' ||
      (url.protocol === 'http:' && /^(?:localhost|127\.|\[::1\])/.test(url.hostname))) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}
