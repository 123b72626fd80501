import type { DeviceStanding } from './deviceDesk.ts';
import { explain, tellProgress, tellSettings } from './devicePage.ts';
import type { PageTexts } from './pageTexts.ts';

/** What the page says, for programs: flat where it can be, every key always present, `null` where there is nothing to say. */
export function describeStanding(standing: DeviceStanding, texts: PageTexts): object {
  const { decision, device, failed, recheck } = standing;
  const told = tellSettings(standing, texts);
  return {
    outcome: decision.outcome,
    outcomeId: decision.outcomeId,
    reason: decision.reason,
    title: texts.say(`outcome.${decision.outcome}`),
    text: explain(standing, texts),
    decisionId: decision.decisionId,
    evaluatedAt: decision.evaluatedAt,
    evidence: decision.evidence,
    device: {
      name: device?.name ?? null,
      operatingSystem: device?.operatingSystem ?? null,
      osVersion: device?.osVersion ?? null,
      graceEndsAt:
        decision.outcome !== 'InGracePeriod' || device?.graceEndsAt === undefined
          ? null
          : new Date(device.graceEndsAt).toISOString(),
    },
    failedSettings:
      failed === undefined
        ? null
        : failed.settings.slice(0, told.length).map((setting, index) => ({
            ...setting,
            title: told[index]?.title ?? '',
            advice: told[index]?.advice ?? '',
            link: told[index]?.link ?? null,
          })),
    failedSettingsAgeSeconds: failed?.ageSeconds ?? null,
    recheck,
    progressText: recheck.state === 'running' ? tellProgress(recheck, texts) : null,
  };
}
