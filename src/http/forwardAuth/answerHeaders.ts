import type { Decision } from '../../node/decision.ts';
import type { Verdict } from '../../policy/judgeRequest.ts';

/** On every answer to a question that was decided: what was decided, for the proxy's log and its error page. */
export function decisionHeaders({ outcome, reason, decisionId }: Decision): Record<string, string> {
  return { 'x-device-outcome': outcome, 'x-device-reason': reason, 'x-decision-id': decisionId };
}

/** On answers that allow, and always all of them: a proxy that copies them overwrites whatever the client sent under these names. */
export function identityHeaders(decision: Decision, verdict: Verdict): Record<string, string> {
  const { login } = verdict;
  return {
    'x-device-id': decision.managedDeviceId ?? '',
    'x-auth-user': login === undefined ? '' : userHeader(login.username),
    'x-auth-level': login === undefined ? '' : String(login.authLevel),
    'x-device-warning': warningsOf(decision, verdict).join(','),
    'x-device-monitor': verdict.monitored ?? '',
  };
}

/** Why somebody should look although the request passes: reasons, `exception` or `breakGlass`. */
function warningsOf(
  { reason, warnings }: Decision,
  { warns, exception, monitored }: Verdict,
): readonly string[] {
  return [
    ...(exception === undefined ? [] : [exception.kind]),
    ...(warns || monitored !== undefined ? [reason] : []),
    ...warnings.map((warning) => warning.reason),
  ];
}

/** Names of visible ASCII stand as they are, others percent-encoded as UTF-8; so do names with a percent sign, or two would be one. */
function userHeader(username: string): string {
  return /^[!-$&-~]+$/.test(username) ? username : encodeURIComponent(username);
}
