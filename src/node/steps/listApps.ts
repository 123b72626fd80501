import { appEntries, type AppsFormat } from '../../sharedState/appEntries.ts';
import type { StateEntries } from '../../sharedState/stateEntries.ts';
import { sentence, unexpected, warningsOf, type Finding } from '../assembleDecision.ts';
import type { Decision } from '../decision.ts';
import type { DeviceDirectory } from '../deviceDirectory.ts';
import type { ManagedDevice } from '../managedDevice.ts';
import type { Run } from '../step.ts';

export interface ListedApps {
  readonly entries: StateEntries;
  readonly warnings: Decision['warnings'];
}

/** The names of the installed apps. Never rejects: whatever goes wrong is a warning beside the outcome, which it cannot change. */
export async function listApps(
  device: ManagedDevice,
  format: AppsFormat,
  directory: DeviceDirectory,
  { deadline, asking, scrub, note }: Run,
): Promise<ListedApps> {
  try {
    const found = await deadline.bound(directory.listDetectedApps(device.id, asking));
    if (!found.ok) return failed(found, note);
    note?.('installed apps', `${found.value.length} listed`);
    const names = found.value.map((app) => app.displayName);
    return { entries: appEntries(names, format, scrub), warnings: warningsOf(found) };
  } catch (error) {
    return failed(unexpected(error), note);
  }
}

function failed({ reason, detail }: Pick<Finding, 'reason' | 'detail'>, note: Run['note']): ListedApps {
  note?.('installed apps', `${reason}: ${detail ?? ''}`);
  return {
    entries: {},
    warnings: [{ reason, message: `The installed apps could not be read. ${sentence(reason, detail)}` }],
  };
}
