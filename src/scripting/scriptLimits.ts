/** What one run of a script may use. Each limit ends the run, or is an error the script can see; none is ever a success. */
export interface ScriptLimits {
  /** Time the script itself may compute, in milliseconds; waiting for what it asks outside does not count. */
  readonly cpuMs: number;
  /** Time from its beginning to its end, in milliseconds. Its thread is ended then, whatever it does. */
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  /** Longest script. */
  readonly textCharacters: number;
  /** Longest result, as JSON. */
  readonly resultCharacters: number;
  /** Longest question to the outside and longest answer, as JSON. */
  readonly callCharacters: number;
  readonly calls: number;
  readonly logLines: number;
  readonly logCharacters: number;
}

export const DEFAULT_SCRIPT_LIMITS: ScriptLimits = {
  cpuMs: 2_000,
  wallMs: 10_000,
  memoryBytes: 16_777_216,
  stackBytes: 262_144,
  textCharacters: 262_144,
  resultCharacters: 131_072,
  callCharacters: 524_288,
  calls: 500,
  logLines: 100,
  logCharacters: 2_000,
};
