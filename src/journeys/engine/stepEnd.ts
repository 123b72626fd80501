import type { Callback } from '../callbacks/callback.ts';
import type { Journey } from '../journey.ts';
import type { Json } from '../json.ts';
import type { PageTexts } from '../nodeResult.ts';
import type { Gathered, JourneyRun } from './journeyRun.ts';

/** Why a journey failed. The client learns no more than that it did; the log learns this. */
export type FailureCause =
  /** Its nodes led to Failure. */
  | 'refused'
  /** A node could not do its work, or took too long. */
  | 'fault'
  /** The step came from another device than the one that was sealed, or from none. */
  | 'deviceChanged';

/** How one step of a journey ended. */
export type StepEnd =
  | {
      readonly is: 'asked';
      readonly run: JourneyRun;
      readonly callbacks: readonly Callback[];
      readonly page: PageTexts;
    }
  /** It waits for a link to be followed; `message` is shown meanwhile. */
  | { readonly is: 'suspended'; readonly run: JourneyRun; readonly id: string; readonly message: string }
  | {
      readonly is: 'succeeded';
      readonly journeyId: string;
      readonly journey: Journey;
      /** The client wanted no session when it began. */
      readonly noSession: boolean;
      /** Id of the session it began with. */
      readonly beganWith: string | undefined;
      readonly gathered: Gathered;
      /** Shared state at the end, e.g. `username` and `successUrl`. */
      readonly state: ReadonlyMap<string, Json>;
    }
  | {
      readonly is: 'failed';
      readonly journeyId: string;
      readonly tree: string;
      readonly gathered: Gathered;
      readonly cause: FailureCause;
      readonly failureUrl: string;
    }
  /** Too late, or begun with another definition than there is now: it has to begin again. */
  | { readonly is: 'timedOut' };
