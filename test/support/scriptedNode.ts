import { readFileSync } from 'node:fs';
import { composeScripts } from '../../src/composeScripts.ts';
import { defaultJourneysSetup } from '../../src/config/resolveJourneys.ts';
import { createLogger } from '../../src/http/logging.ts';
import type { Answer } from '../../src/journeys/callbacks/callback.ts';
import { assembleJourneys } from '../../src/journeys/format/assembleJourneys.ts';
import { NO_PIECES } from '../../src/journeys/format/pieces.ts';
import type { JourneyScript } from '../../src/journeys/journey.ts';
import type { JourneyRequest } from '../../src/journeys/journeyRequest.ts';
import type { Json } from '../../src/journeys/json.ts';
import type { ExistingSession, NodeContext } from '../../src/journeys/nodeContext.ts';
import type { NodeResult } from '../../src/journeys/nodeResult.ts';
import type { NodeType } from '../../src/journeys/nodeType.ts';
import { createDesignerType } from '../../src/journeys/scripted/createDesignerType.ts';
import { readDesignerNodes } from '../../src/journeys/scripted/readDesignerNodes.ts';
import { createScriptedDecision } from '../../src/journeys/nodes/scriptedDecision.ts';
import { createNodeState } from '../../src/journeys/state/nodeState.ts';
import { createScrub } from '../../src/sharedState/scrub.ts';
import { testPorts } from './testPorts.ts';
import { NOW } from './fakeDirectory.ts';

export interface ScriptedNodesOptions {
  readonly httpOrigins?: readonly string[];
  readonly httpDeadlineMs?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly cpuMs?: number;
}

/** One run of a node that a script decides for. */
export interface ScriptedCase {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly headers?: JourneyRequest['headers'];
  readonly shared?: Readonly<Record<string, Json>>;
  readonly transient?: Readonly<Record<string, Json>>;
  readonly answers?: readonly Answer[];
  readonly session?: ExistingSession;
  readonly signal?: AbortSignal;
  /** In place of those all nodes have. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface ScriptedRun {
  readonly result: NodeResult;
  readonly shared: Readonly<Record<string, Json>>;
  readonly transient: Readonly<Record<string, Json>>;
}

export interface ScriptedNodes {
  /** Everything that was logged, as JSON lines. */
  readonly log: readonly string[];
  /** Runs a script as a Scripted Decision node. */
  decide(
    script: Partial<JourneyScript> & { readonly text: string },
    scriptedCase?: ScriptedCase,
  ): Promise<ScriptedRun>;
  /** Runs the one node type of a file of the Node Designer. */
  design(file: string, scriptedCase?: ScriptedCase): Promise<ScriptedRun>;
  close(): Promise<void>;
}

/** Nodes by themselves, with scripts composed as the gate composes them. */
export function scriptedNodes(options: ScriptedNodesOptions = {}): ScriptedNodes {
  const log: string[] = [];
  const read = assembleJourneys(NO_PIECES, new Map());
  const { scripts } = defaultJourneysSetup(read);
  const { services, close } = composeScripts(
    {
      read,
      variables: options.variables ?? {},
      scripts: {
        ...scripts,
        httpOrigins: [...(options.httpOrigins ?? [])],
        httpDeadlineMs: options.httpDeadlineMs ?? 5_000,
        cpuMs: options.cpuMs ?? scripts.cpuMs,
        threads: 1,
        secrets: options.secrets ?? {},
      },
    },
    {
      logger: createLogger('trace', { write: (line: string) => void log.push(line) }),
      scrub: createScrub([]),
    },
  );

  async function run(
    type: NodeType,
    script: JourneyScript | undefined,
    given: ScriptedCase,
  ): Promise<ScriptedRun> {
    const config = type.configuration.parse(given.config ?? {});
    const stores = {
      shared: new Map(Object.entries(given.shared ?? {})),
      secure: new Map<string, Json>(),
      transient: new Map(Object.entries(given.transient ?? {})),
    };
    const context: NodeContext<unknown> = {
      nodeId: 'node-1',
      tree: 'Test',
      realm: '/alpha',
      journeyId: 'journey-1',
      journeyExpiresAt: NOW + 300_000,
      config,
      state: createNodeState(stores, type.inputs?.(config)),
      answers: given.answers,
      resumed: false,
      request: {
        caller: 'proxy',
        headers: given.headers ?? [],
        peerAddress: undefined,
        parameters: new Map(),
        cookies: new Map(),
        locales: [],
      },
      session: given.session,
      signal: given.signal ?? new AbortController().signal,
      now: () => NOW,
      ports: testPorts(),
      journeys: { journey: () => undefined, script: () => script },
      localise: (_, fallback) => fallback,
      children: [],
    };
    const result = await type.run(context);
    return {
      result,
      shared: Object.fromEntries(stores.shared),
      transient: Object.fromEntries(stores.transient),
    };
  }

  const servicesFor = ({ variables }: ScriptedCase) =>
    variables === undefined ? services : { ...services, variables };

  return {
    log,
    close,
    decide: (script, given = {}) =>
      run(
        createScriptedDecision(servicesFor(given)),
        {
          id: 'script-1',
          name: 'test',
          language: 'JAVASCRIPT',
          context: '',
          evaluatorVersion: '2.0',
          place: { file: 'test.json', path: '' },
          ...script,
        },
        { ...given, config: { script: 'script-1', outcomes: ['a', 'b'], ...given.config } },
      ),
    design(file, given = {}) {
      const { nodes, findings } = readDesignerNodes([{ name: file, content: readFileSync(file) }]);
      const [node] = nodes;
      if (node === undefined) throw new Error(`no node type: ${JSON.stringify(findings)}`);
      return run(createDesignerType(node, servicesFor(given)), undefined, given);
    },
  };
}
