import { Pool } from 'undici';
import { fleetDevice, fleetId } from '../../src/simulator/fleet.ts';

export interface MixedLoadOptions {
  readonly origin: string;
  readonly apiKey: string;
  /** Decisions in flight. */
  readonly connections: number;
  /** Devices of the fleet that are asked about, of all states. */
  readonly devices: number;
}

/** What was answered so far. */
export interface LoadCounts {
  decisions: number;
  /** By outcome, and for Error by reason. */
  readonly outcomes: Record<string, number>;
  /** By where the evidence came from. */
  readonly sources: Record<string, number>;
  /** Calls without an answer, by error code or status. */
  readonly lost: Record<string, number>;
  /** Said of a device that is not so: Compliant of another one, or anything but Compliant or Error of a compliant one. */
  wrong: number;
}

export interface MixedLoad {
  readonly counts: LoadCounts;
  /** Asks until `goOn` says no. */
  run(goOn: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** One in this many asks about a device that nobody knows; and as many show something that is no id, or ask for a recheck. */
const SELDOM = 100;

/** Keeps decisions about all kinds of devices in flight, and compares each answer with what the fleet really is. */
export function createMixedLoad({ origin, apiKey, connections, devices }: MixedLoadOptions): MixedLoad {
  const pool = new Pool(origin, { connections, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const counts: LoadCounts = { decisions: 0, outcomes: {}, sources: {}, lost: {}, wrong: 0 };
  const facts = { createdAt: 0, tenant: { domain: 'contoso.example' } };
  const isCompliant = Array.from(
    { length: devices },
    (_, index) => fleetDevice(index + 1, facts).properties.complianceState === 'compliant',
  );
  let asked = 0;

  async function askOnce(): Promise<void> {
    const turn = asked;
    asked += 1;
    const index = turn % devices;
    const kind = turn % SELDOM;
    const id = kind === 1 ? `no-id-${turn}` : kind === 2 ? unknownId(turn % 500) : fleetId('c', index + 1);
    const body = JSON.stringify({
      request: { headers: { 'x-intune': [`CN=${id}`] } },
      ...(kind === 3 ? { recheck: true } : {}),
    });
    try {
      const answer = await pool.request({
        method: 'POST',
        path: '/v1/decisions',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200)
        note(text, kind === 1 || kind === 2 ? false : (isCompliant[index] ?? false));
      else add(counts.lost, `status ${answer.statusCode}`);
    } catch (error) {
      add(counts.lost, (error as NodeJS.ErrnoException).code ?? (error as Error).name);
    }
    counts.decisions += 1;
  }

  function note(text: string, compliant: boolean): void {
    const { outcome, reason, evidence } = JSON.parse(text) as {
      readonly outcome: string;
      readonly reason: string;
      readonly evidence: { readonly source: string | null };
    };
    add(counts.outcomes, outcome === 'Error' ? `Error ${reason}` : outcome);
    if (evidence.source !== null) add(counts.sources, evidence.source);
    if (outcome !== 'Error' && (outcome === 'Compliant') !== compliant) counts.wrong += 1;
  }

  return {
    counts,
    async run(goOn) {
      const drive = async (): Promise<void> => {
        while (goOn()) await askOnce();
      };
      await Promise.all(Array.from({ length: connections }, drive));
    },
    close: () => pool.destroy(),
  };
}

/** Of the shape of an id, and nobody's. */
function unknownId(number: number): string {
  return `dddddddd-0000-4000-8000-${number.toString().padStart(12, '0')}`;
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
