import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A device the target already knows, whether or not it can be told to make more. */
export interface TargetDevice {
  readonly id: string;
  readonly azureADDeviceId: string;
  readonly complianceState: string;
  readonly expectedOutcome: string;
  readonly certificateFile?: string | undefined;
}

/** The implementation under test: anything that answers `POST {gate}/v1/decisions`. */
export interface Target {
  /** Origin. */
  readonly gate: string;
  /** Bearer key of a caller that may ask the nodes `default`, `withApps`, `strict` and `asPing`. */
  readonly apiKey: string;
  readonly devices: readonly TargetDevice[];
  /** CA certificates in PEM, for a gate or simulator on HTTPS. */
  readonly caFile?: string | undefined;
  /** The simulator behind the gate. Without it, everything that needs a device or a fault of its own is skipped. */
  readonly simulatorControl?: { readonly url: string; readonly key: string } | undefined;
  /** The app registration of the gate, for the cases that change it. */
  readonly clientId?: string | undefined;
  /** A gate whose configuration is hard on callers; see `secondGate.ts` for its nodes. */
  readonly secondGate?: SecondGate | undefined;
}

export interface SecondGate {
  readonly gate: string;
  readonly apiKey: string;
  /** Key of a caller that may ask the node `open` only. */
  readonly restrictedApiKey: string;
  /** Files with device certificates in PEM, by the name `secondGate.ts` gives them. */
  readonly certificates: Readonly<Record<string, string>>;
}

const targetSchema = z.looseObject({
  gate: z.url(),
  apiKey: z.string().min(1),
  devices: z
    .array(
      z.looseObject({
        id: z.string(),
        azureADDeviceId: z.string(),
        complianceState: z.string(),
        expectedOutcome: z.string(),
        certificateFile: z.string().optional(),
      }),
    )
    .default([]),
  caFile: z.string().optional(),
  simulatorControl: z.object({ url: z.url(), key: z.string() }).optional(),
  clientId: z.string().optional(),
  secondGate: z
    .object({
      gate: z.url(),
      apiKey: z.string(),
      restrictedApiKey: z.string(),
      certificates: z.record(z.string(), z.string()),
    })
    .optional(),
});

/** Reads the file that `CONFORMANCE_TARGET` names. @throws Error if it is not a target */
export function loadTarget(file: string): Target {
  return targetSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
