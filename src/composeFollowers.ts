import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { AnswerKeeper } from './answers/answerKeeper.ts';
import { createBookmarkFile } from './answers/fleet/bookmarkFile.ts';
import { createFleetFollower, type FleetFollower } from './answers/fleet/fleetFollower.ts';
import type { FleetWish } from './answers/fleet/fleetIntake.ts';
import { ONLY_REPLICA } from './answers/fleet/followLease.ts';
import type { FollowerEvent } from './answers/fleet/followerEvent.ts';
import type { Gate } from './compose.ts';
import type { GateConfig } from './config/gateConfig.ts';
import type { GraphTenant } from './graph/graphTenant.ts';
import { replaceFile } from './identityStores/atomicFile.ts';
import type { WantedProperties } from './node/deviceDirectory.ts';
import type { DeviceList } from './node/deviceList.ts';
import type { Replicas } from './redis/replicas.ts';
import type { Scrub } from './sharedState/scrub.ts';

export interface ComposeFollowersOptions {
  readonly tenants: ReadonlyMap<string, GraphTenant>;
  readonly keepers: ReadonlyMap<string, AnswerKeeper>;
  readonly replicas: Replicas | undefined;
  readonly logger: Logger;
  readonly scrub: Scrub;
  readonly now: () => number;
  readonly former: Gate | undefined;
}

/** One follower for each tenant that is to be followed, those of the former gate where nothing they depend on has changed. */
export function composeFollowers(
  config: GateConfig,
  options: ComposeFollowersOptions,
): ReadonlyMap<string, FleetFollower> {
  const { tenants, keepers, replicas, logger, scrub, now, former } = options;
  return new Map(
    Object.entries(config.follow).flatMap(([name, setup]) => {
      const list = tenants.get(name)?.list;
      const keeper = keepers.get(name);
      if (list === undefined || keeper === undefined) return [];
      const wishes = wishesOf(config, name, list);
      if (wishes.length === 0) {
        logger.warn({ tenant: name }, 'nothing a node asks about a device of this tenant is told by a list');
        return [];
      }
      const formerOne = former?.followers.get(name);
      const isAsBefore =
        former?.keepers.get(name) === keeper &&
        former.replicas === replicas &&
        former.tenants.get(name)?.list === list &&
        isDeepStrictEqual([former.config.follow[name], wishesOf(former.config, name, list)], [setup, wishes]);
      if (formerOne !== undefined && isAsBefore) return [[name, formerOne] as const];
      const follower = createFleetFollower({
        tenant: name,
        list,
        properties: unionOf(wishes),
        intake: keeper.createIntake(wishes),
        everyMs: setup.everySeconds * 1_000,
        overlapMs: setup.overlapSeconds * 1_000,
        allEveryMs: setup.allEverySeconds * 1_000,
        lease: replicas?.lease ?? ONLY_REPLICA,
        bookmarks:
          setup.positionFile === undefined ? undefined : createBookmarkFile(setup.positionFile, replaceFile),
        now,
        random: Math.random,
        sleep: (ms, signal) => delay(ms, undefined, { signal }),
        onEvent: (event) => logFollowerEvent(logger, name, event, scrub),
      });
      return [[name, follower] as const];
    }),
  );
}

/** Ends those that none of the heirs has taken over. */
export async function endFollowers(
  followers: ReadonlyMap<string, FleetFollower>,
  heirs: readonly Pick<Gate, 'followers'>[],
): Promise<void> {
  const kept = new Set(heirs.flatMap((heir) => [...heir.followers.values()]));
  await Promise.all([...followers.values()].filter((one) => !kept.has(one)).map((one) => one.stop()));
}

/** What the nodes of a tenant ask of a device, as far as a list tells it. */
function wishesOf({ nodes }: GateConfig, tenant: string, list: DeviceList): readonly FleetWish[] {
  const wishes = new Map<string, FleetWish>();
  for (const node of Object.values(nodes)) {
    const wanted: WantedProperties = node.saveDeviceProperties === 'off' ? 'none' : node.saveDeviceProperties;
    if (node.tenant !== tenant || !list.canTell(wanted)) continue;
    const key = typeof wanted === 'string' ? wanted : [...new Set(wanted)].sort().join();
    const known = wishes.get(key);
    wishes.set(key, {
      wanted,
      byEntraId: known?.byEntraId === true || node.deviceId.some(({ idKind }) => idKind !== 'intune'),
    });
  }
  return [...wishes.values()];
}

function unionOf(wishes: readonly FleetWish[]): WantedProperties {
  if (wishes.some(({ wanted }) => wanted === 'all')) return 'all';
  const names = new Set(wishes.flatMap(({ wanted }) => (typeof wanted === 'string' ? [] : wanted)));
  return names.size === 0 ? 'none' : [...names].sort();
}

/** The looks at recent check-ins are many, and for those who look closely. */
function logFollowerEvent(logger: Logger, tenant: string, event: FollowerEvent, scrub: Scrub): void {
  const { type, ...facts } = event;
  const line = { tenant, ...facts, ...('detail' in facts ? { detail: scrub(facts.detail) } : {}) };
  if (type === 'pageFailed') logger.warn(line, 'a page of the list of devices could not be had');
  else if (type === 'bookmarkFailed')
    logger.warn(line, 'the position in the list of devices could not be kept');
  else if (event.kind === 'recent') logger.debug(line, TOLD[type]);
  else {
    logger.info(line, TOLD[type]);
    if (type === 'passFinished' && event.withoutRoom > 0)
      logger.warn(
        { tenant, withoutRoom: event.withoutRoom },
        'memory has no room for all devices: see answers.entries',
      );
  }
}

const TOLD = {
  passStarted: 'listing devices',
  passProgress: 'listing devices',
  passFinished: 'devices listed',
} as const;
