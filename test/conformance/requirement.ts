import type { Target } from './target.ts';

/** Where a requirement comes from. The list is closed, so that the table stays readable. */
export type Source =
  | 'Microsoft Graph v1.0 managedDevice.complianceState'
  | 'Microsoft Graph v1.0 managedDevice'
  | 'Microsoft Graph error responses and throttling'
  | 'Microsoft Graph beta detectedApps'
  | 'Microsoft Entra device'
  | 'Microsoft Entra token endpoint'
  | 'Ping Microsoft Intune node, outcome table'
  | 'Ping Microsoft Intune node, shared state'
  | 'RFC 4514'
  | 'RFC 5280'
  | 'RFC 8259'
  | 'RFC 9110'
  | 'RFC 9457'
  | 'intune-gate contract';

/** What a case cannot run without. */
export type Need = 'simulatorControl' | 'secondGate';

/** One line of the contract and the case that proves it. */
export interface Requirement {
  /** Stable: never reused, never renumbered. */
  readonly id: string;
  /** One sentence in the present tense. */
  readonly requirement: string;
  readonly source: Source;
  readonly case: ConformanceCase;
}

/**
 * A case as data. The runner makes the devices and faults, sends the steps in order, compares each answer, and takes the devices away.
 */
export interface ConformanceCase {
  /** `second`: the gate of `secondGate.ts`. Default: the target's own. */
  readonly gate?: 'second';
  /**
   * `signIn`: disturbs what all devices share (the token endpoint, the life of tokens), so these run one after the other on a target
   * that nobody else uses meanwhile. `last`: after all others on its target. Default: beside others.
   */
  readonly lane?: 'signIn' | 'last';
  /** Devices to make, at most two; each is a compliant one with these changes. */
  readonly devices?: readonly DeviceProperties[];
  /** Both devices get one Entra id. */
  readonly sharedEntraId?: true;
  readonly steps: readonly Step[] | ((target: Target) => readonly Step[]);
}

export type DeviceProperties = Readonly<Record<string, unknown>>;

export interface Step {
  /** Changes to the first device before the request. */
  readonly change?: DeviceProperties;
  /** Changes to the Entra record of the first device before the request. */
  readonly changeEntra?: DeviceProperties;
  /** Changes to the app registration of the gate before the request. */
  readonly changeApp?: DeviceProperties;
  /** Changes to `/control/tokens` before the request. */
  readonly changeTokens?: DeviceProperties;
  readonly faults?: readonly CaseFault[];
  /** Takes all faults away again before the request; only in the lane `signIn`. */
  readonly clearFaults?: true;
  /** Milliseconds to wait before the request. */
  readonly waitMs?: number;
  /** Ask again until the outcome is the expected one, for at most this long. Only for what happens some time after a change. */
  readonly withinMs?: number;
  /** Requests like this one sent shortly before it and not waited for. */
  readonly crowd?: number;
  readonly http?: HttpPart;
  /** The JSON body; `body` in `http` overrides it with raw text. */
  readonly body?: (facts: CaseFacts) => unknown;
  readonly expect: Expectation;
}

export interface HttpPart {
  /** Default POST. */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Default `/v1/decisions`. */
  readonly path?: string;
  /** Default: the key of the gate. `none` sends no Authorization; other text is sent as it is. */
  readonly authorization?: 'none' | 'restricted' | { readonly raw: string };
  readonly contentType?: string;
  /** Raw body. */
  readonly body?: (facts: CaseFacts) => string | Uint8Array;
}

/** What a body can be made of. */
export interface CaseFacts {
  readonly target: Target;
  readonly device: DeviceRef;
  readonly other: DeviceRef;
  /** Text of a file of the second gate's certificates. */
  readonly certificate: (name: string) => string;
}

export interface DeviceRef {
  readonly id: string;
  readonly azureADDeviceId: string;
}

/** A rule of the simulator, bound to a device of the case. */
export interface CaseFault {
  readonly endpoint?: string;
  /** Which id the request must be about. Default `device`. `nobody`: every request to the endpoint. */
  readonly about?: 'device' | 'deviceEntraId' | 'other' | 'nobody';
  readonly times?: number;
  readonly skip?: number;
  readonly fault:
    Readonly<Record<string, unknown>> | ((facts: CaseFacts) => Readonly<Record<string, unknown>>);
}

export interface Expectation {
  /** HTTP status. Default 200, and then a decision; otherwise a problem. */
  readonly status?: number;
  /** One of these. */
  readonly outcome?: string | readonly string[];
  /** One of these. */
  readonly reason?: string | readonly string[];
  /** Other members of the answer and their values. */
  readonly fields?: (facts: CaseFacts) => Readonly<Record<string, unknown>>;
  /** Entries that must be there with these values. */
  readonly sharedState?: (facts: CaseFacts) => Readonly<Record<string, unknown>>;
  /** Keys that must not be there. */
  readonly absentKeys?: readonly string[];
  /** Nothing at all may be written. */
  readonly emptySharedState?: true;
  /** Reasons of the warnings, in order. */
  readonly warnings?: readonly string[];
  /** Text that must not appear anywhere in the answer. */
  readonly neverContains?: (facts: CaseFacts) => readonly string[];
  /** Response headers, by lower-case name. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /** Pointers the problem must name. */
  readonly pointers?: readonly string[];
  /** Longest time to the answer, milliseconds. */
  readonly fasterThanMs?: number;
  /** Shortest time to the answer, milliseconds. */
  readonly slowerThanMs?: number;
  /** What no table can say: returns what is wrong, if anything is. */
  readonly also?: (answer: Readonly<Record<string, unknown>>, facts: CaseFacts) => string | undefined;
}
