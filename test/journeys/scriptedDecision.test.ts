import { afterAll, describe, expect, test } from 'vitest';
import { checkJourneys } from '../../src/journeys/check/checkJourneys.ts';
import { readJourneys } from '../../src/journeys/format/readJourneys.ts';
import { NODE_TYPES } from '../../src/journeys/nodeTypes.ts';
import { readDesignerNodes } from '../../src/journeys/scripted/readDesignerNodes.ts';
import { scriptedTypes } from '../../src/journeys/scripted/scriptedTypes.ts';
import { readJourneysAndTypes } from '../../src/config/resolveJourneys.ts';
import { FAILURE, journeyFile, SUCCESS, treeExport } from '../support/journeyFixtures.ts';
import { scriptedNodes } from '../support/scriptedNode.ts';
import { answered, callAuthenticate, testJourneys, type ClientStep } from '../support/testJourneys.ts';

const SECRET = 'a-secret-value-of-an-esv';
const nodes = scriptedNodes({ variables: { 'esv.key': SECRET }, secrets: { label: 'labelled-secret' } });
afterAll(() => nodes.close());

describe('a scripted decision', () => {
  test('reads and writes the state of the journey as the engine keeps it', async () => {
    const { result, shared, transient } = await nodes.decide(
      {
        text: `
          nodeState.putShared('both', 'shared'); nodeState.putTransient('t', 1); nodeState.mergeShared({ m: 2 });
          nodeState.putShared('seen', nodeState.get('both')); nodeState.remove('old'); action.goTo('a')`,
      },
      { shared: { old: 1 }, transient: { both: 'transient' } },
    );
    expect(result).toMatchObject({ is: 'outcome', outcome: 'a' });
    // An older transient value wins over what was written to shared.
    expect(shared).toEqual({ both: 'shared', seen: 'transient', m: 2 });
    expect(transient).toEqual({ both: 'transient', t: 1 });
  });

  test.each([
    [`action.goTo('other')`, "Invalid outcome from script, 'other'"],
    [`outcome = 1`, "Script must set 'outcome' to a string."],
    [``, "Script must set 'outcome' to a string."],
    [`throw new Error('no')`, 'the script failed (threw): Error: no (line 1)'],
    [
      `(function again() { again(); })()`,
      'the script failed (tooLarge): InternalError: stack overflow (line 1)',
    ],
    [
      `action.goTo('a').withMaxSessionTime(-5)`,
      'the script said something that cannot be done, at maxSessionMinutes',
    ],
    [
      `callbacksBuilder.choiceCallback('x', [], 0, false)`,
      'the script said something that cannot be done, at callbacks.0.choices',
    ],
    [
      `action.goTo('a').withIdentifiedUser('nobody')`,
      'the script identified a user whom the identity store does not know',
    ],
    [`nodeState.mergeShared('x')`, 'only an object can be merged'],
    [`httpClient.send('https://gate.example').get()`, 'scripts may not call this address'],
    [`openidm.read('managed/user/1')`, `ReferenceError: 'openidm' is not defined`],
  ])('%s fails the node', async (text, message) => {
    await expect(nodes.decide({ text })).rejects.toThrow(message);
  });

  test('fails when its time is up', async () => {
    const quick = scriptedNodes({ cpuMs: 100 });
    await expect(quick.decide({ text: 'while (true) {}' })).rejects.toThrow('the script failed (tooLong)');
    await quick.close();
  });

  test('is given up with its request', async () => {
    await expect(nodes.decide({ text: `outcome = 'a'` }, { signal: AbortSignal.abort() })).rejects.toThrow(
      '(abandoned)',
    );
  });

  test('must write the outputs it declares, and can write no others', async () => {
    const config = { outputs: ['k'] };
    await expect(nodes.decide({ text: `outcome = 'a'` }, { config })).rejects.toThrow(
      'Script did not provide all declared outputs',
    );
    const { shared } = await nodes.decide(
      {
        text: `nodeState.putShared('k', 1); nodeState.putShared('username', 'mallory'); nodeState.mergeShared({ z: 1 }); outcome = 'a'`,
      },
      { config },
    );
    expect(shared).toEqual({ k: 1 });
  });

  test('sees the inputs it declares, and no others', async () => {
    const { shared } = await nodes.decide(
      { text: `nodeState.putShared('seen', [nodeState.get('a'), nodeState.get('b')]); outcome = 'a'` },
      { config: { inputs: ['a'] }, shared: { a: 1, b: 2 } },
    );
    expect(shared['seen']).toEqual([1, null]);
  });

  test('carries what the action carries', async () => {
    const { result, shared } = await nodes.decide({
      text: `action.goTo('a').putSessionProperty('k', 'v').removeSessionProperty('o').withMaxSessionTime(60).withMaxIdleTime(5)
        .withErrorMessage('no').withLockoutMessage('locked').withIdentifiedUser('alice')`,
    });
    expect(result).toMatchObject({
      effects: {
        sessionProperties: { k: 'v', o: null },
        maxSessionMinutes: 60,
        maxIdleMinutes: 5,
        failure: { message: 'no', details: {} },
        identified: { username: 'alice' },
      },
    });
    expect(shared).toEqual({ lockoutMessage: 'locked' });
  });

  test('what it logs goes where its node is named, without secrets', async () => {
    const text = `logger.error('key ' + systemEnv.getProperty('esv.key') + ' ' + secrets.getGenericSecret('label').getAsUtf8()); outcome = 'a'`;
    await nodes.decide({ text });
    const line = JSON.parse(nodes.log.at(-1) ?? '{}') as Record<string, unknown>;
    expect(line).toMatchObject({
      tree: 'Test',
      node: 'node-1',
      script: 'test',
      msg: 'script: key [hidden] [hidden]',
    });
    await expect(nodes.decide({ text: `throw new Error(systemEnv.getProperty('esv.key'))` })).rejects.toThrow(
      'Error: [hidden]',
    );
    expect(nodes.log.join('')).not.toContain(SECRET);
  });

  test('asks with every callback it can build', async () => {
    const { result } = await nodes.decide({
      text: `var b = callbacksBuilder;
        b.nameCallback('n', 'd'); b.passwordCallback('p', false); b.textInputCallback('t', 'd'); b.choiceCallback('c', ['x', 'y'], 1, false);
        b.confirmationCallback('sure', 1, ['ok'], 0); b.confirmationCallback(0, 0, 1); b.textOutputCallback(2, 'm'); b.scriptTextOutputCallback('s');
        b.suspendedTextOutputCallback(0, 'w'); b.hiddenValueCallback('i', 'v'); b.metadataCallback({ a: 1 }); b.pollingWaitCallback('8000', 'wait');
        b.redirectCallback('https://r', { a: 1 }, 'GET'); b.deviceProfileCallback(true, false, 'm'); b.validatedUsernameCallback('u', {}, false);
        b.validatedPasswordCallback('v', false, {}, false, ['f']); action.withStage('s').withHeader('h').withDescription('d')`,
    });
    expect(result).toMatchObject({ is: 'ask', page: { stage: 's', header: 'h', description: 'd' } });
    const asked = result.is === 'ask' ? result.callbacks : [];
    expect(asked.map(({ type }) => type)).toEqual([
      'NameCallback',
      'PasswordCallback',
      'TextInputCallback',
      'ChoiceCallback',
      'ConfirmationCallback',
      'ConfirmationCallback',
      'TextOutputCallback',
      'TextOutputCallback',
      'SuspendedTextOutputCallback',
      'HiddenValueCallback',
      'MetadataCallback',
      'PollingWaitCallback',
      'RedirectCallback',
      'DeviceProfileCallback',
      'ValidatedCreateUsernameCallback',
      'ValidatedCreatePasswordCallback',
    ]);
    expect(asked[4]?.output).toContainEqual({ name: 'prompt', value: 'sure' });
    expect(asked[5]?.output).toContainEqual({ name: 'options', value: ['Yes', 'No'] });
    expect(asked[7]?.output).toContainEqual({ name: 'messageType', value: '4' });
  });
});

describe('in a journey', () => {
  const script = (text: string | readonly string[], more: object = {}) => ({
    _id: 's1',
    name: 'One',
    script: text,
    language: 'JAVASCRIPT',
    context: 'SCRIPTED_DECISION_NODE',
    evaluatorVersion: '2.0',
    ...more,
  });
  const tree = (scripts: Record<string, unknown>) => ({
    scripts,
    nodes: {
      ask: {
        type: 'ScriptedDecisionNode',
        config: { script: 's1', outcomes: ['ok', 'no'], inputs: ['*'], outputs: ['*'] },
        to: { ok: SUCCESS, no: FAILURE },
      },
    },
  });
  const TEXT = `if (callbacks.isEmpty()) { callbacksBuilder.nameCallback('Who?'); callbacksBuilder.hiddenValueCallback('h', 'v'); }
    else { nodeState.putShared('username', callbacks.getNameCallbacks().get(0)); action.goTo(callbacks.getHiddenValueCallbacks().get('h') === 'v' ? 'ok' : 'no'); }`;
  const lookup = (found: ReturnType<typeof readJourneysAndTypes>) => ({
    ...checkJourneys(found.read, {
      types: [...NODE_TYPES, ...scriptedTypes(undefined, found.designerNodes)],
    }),
  });

  test.each([
    ['lines', TEXT.split('\n')],
    ['base64', Buffer.from(TEXT).toString('base64')],
    ['a JSON string', JSON.stringify(TEXT)],
    ['plain text', TEXT],
  ])('it asks, is answered and decides; its text as %s', async (_, text) => {
    const { app, composed } = testJourneys({ files: [journeyFile({ T: tree({ s1: script(text) }) })] });
    const query = '?authIndexType=service&authIndexValue=T';
    const first: ClientStep = (await callAuthenticate(app, undefined, { query })).json();
    expect(first.callbacks.map(({ type }) => type)).toEqual(['NameCallback', 'HiddenValueCallback']);
    const end = await callAuthenticate(app, answered(first, ['alice', 'v']), { query });
    expect(end.json()).toMatchObject({ tokenId: expect.any(String) });
    const again: ClientStep = (await callAuthenticate(app, undefined, { query })).json();
    expect((await callAuthenticate(app, answered(again, ['alice', 'x']), { query })).statusCode).toBe(401);
    await app.close();
    await composed.close();
  });

  test('what is wrong with it is found before it runs', () => {
    const missing = lookup(readJourneysAndTypes([journeyFile({ T: tree({}) })]));
    expect(missing.findings).toMatchObject([
      { code: 'missingScript', node: 'ask', path: '/trees/T/nodes/ask/script' },
    ]);
    const groovy = lookup(
      readJourneysAndTypes([journeyFile({ T: tree({ s1: script('x', { language: 'GROOVY' }) }) })]),
    );
    expect(groovy.findings).toMatchObject([
      { code: 'badConfiguration', message: 'scripts in GROOVY are not run here' },
    ]);
  });

  test('the link of a suspended journey reaches the script, and following it resumes it', async () => {
    const text = `if (resumedFromSuspend) { nodeState.putShared('username', 'alice'); action.goTo('ok'); }
      else action.suspend('Look at {0}', function (uri) { nodeState.putShared('link', uri); });`;
    const { app, composed } = testJourneys({
      files: [journeyFile({ T: tree({ s1: script(text) }) })],
      config: { resumeUrl: 'https://login.example/resume' },
    });
    const query = '?authIndexType=service&authIndexValue=T';
    const waits: ClientStep = (await callAuthenticate(app, undefined, { query })).json();
    const message = String(waits.callbacks[0]?.output[0]?.value);
    expect(message).toMatch(/^Look at https:\/\/login\.example\/resume\?/);
    const id = new URL(message.slice('Look at '.length)).searchParams.get('suspendedId') ?? '';
    const end = await callAuthenticate(app, undefined, { query: `?suspendedId=${encodeURIComponent(id)}` });
    expect(end.json()).toMatchObject({ tokenId: expect.any(String) });
    await app.close();
    await composed.close();
  });

  const SERVICE = '0123456789abcdef0123456789abcdef';
  const designer = (more: object = {}) => ({
    nodeTypes: {
      [`${SERVICE}-1`]: {
        _id: `${SERVICE}-1`,
        serviceName: SERVICE,
        displayName: 'Mine',
        outcomes: ['ok', 'no'],
        errorOutcome: true,
        script: `if (properties.fail) throw new Error('x'); nodeState.putShared('username', properties.list.get(0)); action.goTo('ok')`,
        properties: {
          fail: { type: 'BOOLEAN', required: false, multivalued: false },
          list: { type: 'STRING', required: true, multivalued: true, defaultValue: ['alice'] },
        },
        ...more,
      },
    },
  });
  const designed = (config: object) => ({
    nodes: {
      mine: {
        type: `designer-${SERVICE}`,
        config: { ...config },
        to: { ok: SUCCESS, no: FAILURE, 'Script Error': FAILURE },
      },
    },
  });
  const typesFile = (value: object) => ({ name: 'types.json', content: JSON.stringify(value) });

  test('a type of the Node Designer, in a file of its own or in that of the journey', async () => {
    const apart = readJourneysAndTypes([
      journeyFile({ T: designed({}), F: designed({ fail: true }) }),
      typesFile(designer()),
    ]);
    const together = readJourneysAndTypes([typesFile({ ...treeExport('T', designed({})), ...designer() })]);
    for (const found of [apart, together]) {
      expect(lookup(found).findings).toEqual([]);
      expect(lookup(found).runnable.has('T')).toBe(true);
    }
    const { app, composed } = testJourneys({ files: [], config: apart });
    const end = async (name: string) => {
      const answer = await callAuthenticate(app, undefined, {
        query: `?authIndexType=service&authIndexValue=${name}`,
      });
      return answer.statusCode;
    };
    expect([await end('T'), await end('F')]).toEqual([200, 401]);
    await app.close();
    await composed.close();
  });

  test.each([
    [{ serviceName: 'short' }, '/serviceName'],
    [{ script: 5 }, '/script'],
    [{ outcomes: [] }, '/outcomes'],
    [{ properties: { a: { type: 'DATE' } } }, '/properties/a/type'],
  ])('%j in such a file is a finding with its place', (more, path) => {
    const { findings, nodes: read } = readDesignerNodes([typesFile(designer(more))]);
    expect(findings).toMatchObject([
      { code: 'malformed', file: 'types.json', path: `/nodeTypes/${SERVICE}-1${path}` },
    ]);
    expect(read).toEqual([]);
  });

  test('settings of such a node are checked like those of any other', () => {
    const files = [journeyFile({ T: designed({ list: 'alice' }) }), typesFile(designer())];
    expect(lookup(readJourneysAndTypes(files)).findings).toMatchObject([
      { code: 'badConfiguration', path: '/trees/T/nodes/mine/list' },
    ]);
    expect(readJourneys(files.slice(0, 1)).findings).toEqual([]);
  });
});
