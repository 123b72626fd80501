import type { ConfigFile } from './configSchema.ts';
import type { GateConfig } from './gateConfig.ts';
import type { Resolution } from './resolution.ts';

const DEFAULT_COMPLIANT_SECONDS = 300;
const MOST_SECONDS = 86_400;

/** Completes the lifetimes: what the file does not say of compliant devices is said by the variable other connectors use. */
export function resolveAnswers(
  { compliantSeconds, ...others }: ConfigFile['answers'],
  { environment, problem }: Resolution,
): GateConfig['answers'] {
  const text = environment['INTUNE_COMPLIANCE_CACHE_TTL']?.trim() ?? '';
  const fromEnvironment = /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  if (compliantSeconds === undefined && text !== '' && !(Number(fromEnvironment) <= MOST_SECONDS)) {
    problem(
      ['answers', 'compliantSeconds'],
      'comes from the environment variable INTUNE_COMPLIANCE_CACHE_TTL, which is no whole number of seconds up to 86400',
    );
  }
  return {
    ...others,
    compliantSeconds: compliantSeconds ?? fromEnvironment ?? DEFAULT_COMPLIANT_SECONDS,
  };
}
