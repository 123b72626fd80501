import type { Lookup, LookupFailure, LookupOptions } from '../node/deviceDirectory.ts';
import type { DeviceId } from '../node/deviceId.ts';
import type { FailedSetting, PolicyStates } from '../node/policyStates.ts';
import { readPages } from './graphPages.ts';
import type { AskGraph } from './graphRequest.ts';
import { policyStatesUrl, settingStatesUrl } from './graphUrls.ts';
import { isInOrder, parsePolicyRows, parseSettingRows, type PolicyRow } from './policyStatesAnswer.ts';

/** A device has a few policies, each once for every user of the device. */
const POLICY_BOUNDS = { maxPages: 5, maxRows: 500 } as const;
/** A policy has some dozen settings, each once for every user of the device. */
const SETTING_BOUNDS = { maxPages: 5, maxRows: 2_000 } as const;
/** Each is a question of its own, and counts against a quota that is half of that for devices. */
const MOST_POLICIES = 10;

/**
 * The port {@link PolicyStates} over Microsoft Graph: the policies that are not in order, and then the settings of each, which Graph
 * does not tell together.
 */
export function createGraphPolicyStates(graph: string, ask: AskGraph): PolicyStates {
  async function findSettings(
    id: DeviceId,
    policy: PolicyRow,
    options: LookupOptions,
  ): Promise<readonly FailedSetting[] | LookupFailure> {
    const url = settingStatesUrl(graph, id, policy.id);
    const pages = await readPages(ask, 'policyStates', url, options, SETTING_BOUNDS, parseSettingRows);
    if (pages.kind === 'failure') return pages.failure;
    const rows = pages.kind === 'absent' ? [] : pages.rows;
    return rows
      .filter(({ state }) => !isInOrder(state))
      .map(({ setting, state }) => ({ policy: policy.name, setting, state }));
  }

  return {
    async findFailedSettings(id, options): Promise<Lookup<readonly FailedSetting[]>> {
      const url = policyStatesUrl(graph, id);
      const pages = await readPages(ask, 'policyStates', url, options, POLICY_BOUNDS, parsePolicyRows);
      if (pages.kind === 'failure') return pages.failure;
      const rows = pages.kind === 'absent' ? [] : pages.rows;
      // One policy has a row for each user, and its settings are those of all of them.
      const failing = new Map(rows.filter(({ state }) => !isInOrder(state)).map((row) => [row.id, row]));
      const failed: FailedSetting[] = [];
      for (const policy of [...failing.values()].slice(0, MOST_POLICIES)) {
        const settings = await findSettings(id, policy, options);
        if ('ok' in settings) return settings;
        failed.push(...settings);
      }
      return { ok: true, value: distinct(failed), source: 'graph', fetchedAt: pages.fetchedAt };
    },
  };
}

function distinct(settings: readonly FailedSetting[]): readonly FailedSetting[] {
  return [...new Map(settings.map((one) => [JSON.stringify([one.policy, one.setting]), one])).values()];
}
