import type { ConfigFile } from './configSchema.ts';
import type { GateConfig } from './gateConfig.ts';
import type { Resolution } from './resolution.ts';

const SHARE_OF_LIFETIME = 0.75;
const LEAST_SECONDS = 60;
/** Where answers are remembered for outages only. */
const FOR_OUTAGES_SECONDS = 600;

/** Completes how tenants are followed; tenants that are not do not occur. */
export function resolveFollow(
  tenants: ConfigFile['tenants'],
  { compliantSeconds }: GateConfig['answers'],
  { locate, problem, warning }: Resolution,
): GateConfig['follow'] {
  const owners = new Map<string, string>();
  return Object.fromEntries(
    Object.entries(tenants).flatMap(([name, { follow }]) => {
      if (follow === undefined) return [];
      const at = ['tenants', name, 'follow'];
      const { allEverySeconds, positionFile, ...others } = follow;
      if (allEverySeconds !== undefined && compliantSeconds > 0 && allEverySeconds > compliantSeconds) {
        warning(
          [...at, 'allEverySeconds'],
          `is longer than answers.compliantSeconds (${compliantSeconds}): between two lists, answers run out and devices are asked about one by one`,
        );
      }
      const location = positionFile === undefined ? undefined : locate(positionFile);
      if (location !== undefined && owners.has(location))
        problem([...at, 'positionFile'], `is the file of tenant ${owners.get(location) ?? ''}, too`);
      if (location !== undefined) owners.set(location, name);
      return [
        [
          name,
          {
            ...others,
            allEverySeconds: allEverySeconds ?? defaultSeconds(compliantSeconds),
            positionFile: location,
          },
        ] as const,
      ];
    }),
  );
}

function defaultSeconds(compliantSeconds: number): number {
  return compliantSeconds === 0
    ? FOR_OUTAGES_SECONDS
    : Math.max(LEAST_SECONDS, Math.floor(compliantSeconds * SHARE_OF_LIFETIME));
}
