import type { ScriptEnd, ScriptHost, ScriptJob } from '../../scripting/scriptJob.ts';
import type { JourneyScript } from '../journey.ts';
import type { Json } from '../json.ts';
import type { NodeContext } from '../nodeContext.ts';
import { goTo, NodeFault, type Effects, type NodeResult, type PageTexts } from '../nodeResult.ts';
import { EVERY_KEY } from '../state/nodeState.ts';
import { toCallback } from './scriptCallbacks.ts';
import { scriptCalls } from './scriptCalls.ts';
import { scriptEnding, scriptWaiting, type ScriptCallback, type ScriptEffects } from './scriptEnding.ts';
import { hiddenIdsKey, scriptInput } from './scriptInput.ts';
import type { ScriptServices } from './scriptServices.ts';

/** A script and the node it decides for. */
export interface NodeScript {
  readonly script: Pick<JourneyScript, 'name' | 'text' | 'evaluatorVersion'>;
  readonly outcomes: readonly string[];
  /** Keys of the state it must write before it decides; `*` for whatever it likes. */
  readonly outputs: readonly string[];
  /** Settings of a node made with the Node Designer. */
  readonly properties: Readonly<Record<string, Json>> | null;
  /** Where to go if the script throws or uses too much; undefined fails the node, as AM does. */
  readonly errorOutcome: string | undefined;
}

/** Runs the script of a node and does what it says, as far as the node may. */
export async function runNodeScript(
  node: NodeScript,
  context: NodeContext<unknown>,
  services: ScriptServices,
): Promise<NodeResult> {
  const { nodeId, journeyId, tree, state } = context;
  const { script, outputs } = node;
  const place = { journeyId, tree, node: nodeId, script: script.name };
  const job: ScriptJob = {
    text: script.text,
    generation: script.evaluatorVersion.startsWith('2') ? 'nextGen' : 'legacy',
    input: scriptInput(script.name, node.properties, context),
  };
  state.remove(hiddenIdsKey(nodeId));
  const started = await startScript(job, context, services, {
    calls: scriptCalls(context, outputs, services),
    log: (level, message) => services.log(place, level, services.scrub(message)),
  });
  if (started.is === 'waits') return waitForLink(started, context);
  const { end } = started;
  if (end.ok) return follow(end.value, node, context);
  const detail = `the script failed (${end.fault}): ${services.scrub(end.message)}`;
  if (node.errorOutcome === undefined) throw new NodeFault(detail);
  services.log(place, 'error', detail);
  return goTo(node.errorOutcome);
}

type Started =
  | { readonly is: 'ended'; readonly end: ScriptEnd }
  /** It waits for the link; with it, it goes on to its end. */
  | { readonly is: 'waits'; readonly ending: unknown; readonly proceed: (url: string) => Promise<ScriptEnd> };

/** A script that suspends its journey asks for the link in the middle of its run, so the run outlives the node. */
function startScript(
  job: ScriptJob,
  { signal }: NodeContext<unknown>,
  { engine }: ScriptServices,
  host: ScriptHost,
): Promise<Started> {
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve) => {
    const calls: ScriptHost['calls'] = {
      ...host.calls,
      suspend: ([ending]) =>
        new Promise<string>((giveUrl) => {
          // From here on only the limits of the engine end it.
          signal.removeEventListener('abort', stop);
          resolve({
            is: 'waits',
            ending,
            proceed(url) {
              giveUrl(url);
              return ended;
            },
          });
        }),
    };
    const ended = engine.run(job, { ...host, calls }, gone.signal);
    void ended
      .then((end) => resolve({ is: 'ended', end }))
      .finally(() => signal.removeEventListener('abort', stop));
  });
}

async function waitForLink(
  { ending, proceed }: Extract<Started, { readonly is: 'waits' }>,
  context: NodeContext<unknown>,
): Promise<NodeResult> {
  const wanted = scriptWaiting.safeParse(ending);
  if (!wanted.success) throw unusable(wanted.error.issues[0]);
  const effects = await effectsOf(wanted.data, context);
  return {
    is: 'suspend',
    effects,
    async notify(url) {
      const end = await proceed(url);
      const said = end.ok ? scriptEnding.safeParse(end.value) : undefined;
      if (said?.success === true && said.data.is === 'suspended') return said.data.message;
      throw new NodeFault('the script failed after it had suspended the journey');
    },
  };
}

async function follow(
  value: unknown,
  { outcomes, outputs }: NodeScript,
  context: NodeContext<unknown>,
): Promise<NodeResult> {
  const { state, nodeId } = context;
  const parsed = scriptEnding.safeParse(value);
  if (!parsed.success) throw unusable(parsed.error.issues[0]);
  const ending = parsed.data;
  switch (ending.is) {
    case 'goTo': {
      if (!outcomes.includes(ending.outcome))
        throw new NodeFault(`Invalid outcome from script, '${ending.outcome.slice(0, 100)}'`);
      if (outputs.some((key) => key !== EVERY_KEY && !state.isDefined(key)))
        throw new NodeFault('Script did not provide all declared outputs');
      return goTo(ending.outcome, await effectsOf(ending, context));
    }
    case 'send': {
      const ids = ending.callbacks.filter(isHiddenValue).map(({ id }) => id);
      if (ids.length > 0) state.putShared(hiddenIdsKey(nodeId), ids);
      return {
        is: 'ask',
        callbacks: ending.callbacks.map(toCallback),
        page: textsOf(ending),
        effects: await effectsOf(ending, context),
      };
    }
    case 'suspended':
    case 'nothing':
      throw new NodeFault("Script must set 'outcome' to a string.");
  }
}

function isHiddenValue(
  callback: ScriptCallback,
): callback is Extract<ScriptCallback, { readonly type: 'HiddenValueCallback' }> {
  return callback.type === 'HiddenValueCallback';
}

/** Names where, never what: what a script passed may be a secret. */
function unusable(issue: { readonly path: readonly PropertyKey[] } | undefined): NodeFault {
  return new NodeFault(
    `the script said something that cannot be done, at ${issue?.path.map(String).join('.') ?? 'its end'}`,
  );
}

async function effectsOf(
  said: ScriptEffects,
  { ports, signal, state }: NodeContext<unknown>,
): Promise<Effects> {
  const {
    sessionProperties,
    maxSessionMinutes,
    maxIdleMinutes,
    errorMessage,
    lockoutMessage,
    identifiedUser,
  } = said;
  if (lockoutMessage !== undefined) state.putShared('lockoutMessage', lockoutMessage);
  const identified =
    identifiedUser === undefined ? undefined : await ports.identities.find(identifiedUser, signal);
  if (identifiedUser !== undefined && identified === undefined)
    throw new NodeFault('the script identified a user whom the identity store does not know');
  return {
    ...(Object.keys(sessionProperties).length === 0 ? {} : { sessionProperties }),
    ...(maxSessionMinutes === undefined ? {} : { maxSessionMinutes }),
    ...(maxIdleMinutes === undefined ? {} : { maxIdleMinutes }),
    ...(errorMessage === undefined ? {} : { failure: { message: errorMessage, details: {} } }),
    ...(identified === undefined ? {} : { identified }),
  };
}

function textsOf({ stage, header, description }: ScriptEffects): PageTexts {
  return {
    ...(stage === undefined ? {} : { stage }),
    ...(header === undefined ? {} : { header }),
    ...(description === undefined ? {} : { description }),
  };
}
