import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptHarness } from '../support/scriptHarness.ts';

const CPU_MS = 400;
const WALL_MS = 1_200;
const script = scriptHarness({ limits: { cpuMs: CPU_MS, wallMs: WALL_MS, logLines: 3, logCharacters: 20 } });
const patient = scriptHarness({ limits: { logLines: 3, logCharacters: 20 } });

beforeAll(async () => {
  await Promise.all([script.run('1'), patient.run('1')]);
});
afterAll(async () => {
  await Promise.all([script.engine.close(), patient.engine.close()]);
});

/** What a script can find out about the host, read where a leak would show. */
const nothing = (expression: string): string => `
  var found;
  try { found = typeof (${expression}); } catch (error) { found = 'threw ' + error.name; }
  outcome = String(found);
`;

describe('nothing of the host is in the sandbox', () => {
  test.each([
    'process',
    'require("fs").readFileSync',
    'globalThis.process',
    'Buffer',
    'setTimeout',
    'fetch',
    'WebAssembly',
    'SharedArrayBuffer.prototype.constructor.constructor("return process")()',
    '(function () {}).constructor("return process")()',
    'nodeState.get.constructor("return process")()',
    'httpClient.send.constructor.constructor("return process")()',
    'this.constructor.constructor("return process")()',
    'Object.getPrototypeOf(nodeState).constructor.constructor("return process")()',
    'new Function("return process")()',
    'eval("process")',
    '[].constructor.constructor("return process")()',
    'new Error().constructor.constructor("return process.mainModule")()',
    'Reflect.construct(Function, ["return process"])()',
    'new Proxy(nodeState, {}).get.constructor("return process")()',
    'kit',
    'host',
    'input',
    'std',
    'os',
    'scriptArgs',
    'java',
    'Packages',
    'Deno',
  ])('%s', async (expression) => {
    expect(await patient.outcome(nothing(expression))).toMatch(
      /^(?:undefined|threw (?:ReferenceError|Error|TypeError))$/,
    );
  });

  test('the global object has the language and the bindings, and nothing else', async () => {
    const names = String(
      await patient.outcome('outcome = Object.getOwnPropertyNames(globalThis).sort().join()'),
    ).split(',');
    const language = new Set(Object.getOwnPropertyNames(globalThis));
    expect(
      names.filter((name) => !language.has(name) || ['process', 'Buffer', 'global'].includes(name)),
    ).toEqual(
      [
        // What this Node has not yet.
        ...['Float16Array', 'Iterator'].filter((name) => !language.has(name)),
        'InternalError',
        'action',
        'auditEntryDetail',
        'callbacks',
        'callbacksBuilder',
        'existingSession',
        'httpClient',
        'idRepository',
        'logger',
        'nodeState',
        'outcome',
        'realm',
        'requestCookies',
        'requestHeaders',
        'requestParameters',
        'require',
        'resumedFromSuspend',
        'scriptName',
        'secrets',
        'systemEnv',
        'utils',
      ].sort(),
    );
  });

  test('import() and import statements lead nowhere', async () => {
    expect(await patient.run('import("node:fs"); outcome = "x"')).toMatchObject({ ok: false });
    expect(await patient.run('import fs from "node:fs"; outcome = "x"')).toMatchObject({
      ok: false,
      fault: 'threw',
    });
  });

  test('promises and async functions never decide', async () => {
    expect(await patient.outcome('outcome = typeof Promise')).toBe('undefined');
    const end = await patient.run('(async function () { outcome = "late"; })(); var x = 1;');
    expect(end.ok && (end.value as { readonly is: string }).is === 'goTo' ? 'decided' : 'not').toBe('not');
  });

  test('a run leaves nothing for the next', async () => {
    const spoil = `
      Object.prototype.polluted = 'yes'; Array.prototype.push = function () { return 'mine'; };
      JSON.stringify = function () { return '{"is":"goTo","outcome":"forged"}'; };
      globalThis.left = 1; String.prototype.trim = null; outcome = 'x';
    `;
    await patient.run(spoil);
    expect(
      await patient.outcome('outcome = [typeof left, typeof ({}).polluted, [].push(1), " a ".trim()].join()'),
    ).toBe('undefined,undefined,1,a');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('what comes back is plain data: nothing in it reaches a prototype of the host', async () => {
    const end = await patient.run(
      `callbacksBuilder.metadataCallback(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'))`,
    );
    expect(end.ok).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('what a script passes to the host arrives as data', async () => {
    const seen: unknown[] = [];
    await patient.run(
      `nodeState.putShared('a', { toJSON: function () { return { b: [1, function () {}, undefined] } } }); outcome = 'x'`,
      { calls: { 'state.putShared': (args) => void seen.push(args) } },
    );
    expect(seen).toEqual([['a', { b: [1, null, null] }]]);
  });
});

describe('limits', () => {
  const elapsed = async (text: string): Promise<{ ms: number; end: unknown }> => {
    const since = performance.now();
    const end = await script.run(text);
    return { ms: performance.now() - since, end };
  };

  test.each([
    ['an endless loop', 'while (true) {}'],
    ['one that catches', 'while (true) { try { while (true) {} } catch (error) {} }'],
    ['one in finally', 'try { while (true) {} } finally { while (true) {} }'],
    ['a regular expression that backtracks', `/^(a+)+$/.test('${'a'.repeat(40)}!')`],
    ['endless sorting', 'for (;;) [3, 1, 2].sort()'],
    [
      'an endless getter',
      `Object.defineProperty(globalThis, 'outcome', { get: function () { while (true) {} } })`,
    ],
    [
      'an endless toString of the result',
      'outcome = { toString: function () { while (true) {} } }; action.goTo(outcome)',
    ],
    ['an error whose text never ends', 'throw { toString: function () { while (true) {} } }'],
  ])('%s ends within the time to compute', async (_, text) => {
    const { ms, end } = await elapsed(text);
    expect(end).toEqual({ ok: false, fault: 'tooLong', message: 'the script computed for too long' });
    expect(ms).toBeLessThan(WALL_MS + 1_000);
  });

  test('what the engine cannot interrupt ends with its thread', async () => {
    const { ms, end } = await elapsed(`new Array(1e9) + ''`);
    expect(end).toMatchObject({ ok: false, fault: 'tooLong' });
    expect(ms).toBeLessThan(WALL_MS + 1_000);
    await patient.run('1');
    expect(await patient.outcome(`outcome = 'still here'`)).toBe('still here');
  });

  test.each([
    ['memory', `var all = []; while (true) all.push(new Uint8Array(100000))`],
    ['a string', `var text = 'x'; while (true) text += text`],
    ['a typed array', `new Uint8Array(1e9)`],
    ['repeat', `'x'.repeat(1e9)`],
    ['recursion', `(function again() { again(); })()`],
    ['recursion in toString', `var a = { toString: function () { return String(a); } }; String(a)`],
    ['JSON that is too deep', `JSON.parse('['.repeat(1e6))`],
    ['brackets that are too deep', `eval('('.repeat(1e6))`],
    ['a result', `callbacksBuilder.textOutputCallback(0, 'x'.repeat(200000))`],
    ['an outcome', `outcome = 'x'.repeat(200000)`],
  ])('%s', async (_, text) => {
    const end = await patient.run(text);
    expect(end).toMatchObject({ ok: false });
    expect(await patient.outcome(`outcome = 'next'`)).toBe('next');
  });

  test('a script that is too long is not read', async () => {
    expect(await patient.run(`// ${'x'.repeat(300_000)}`)).toMatchObject({ ok: false, fault: 'tooLarge' });
  });

  test('questions to the outside are bounded in number and size, both ways', async () => {
    const calls = { 'state.get': () => 'x'.repeat(600_000), 'state.putShared': () => undefined };
    const caught = (text: string) =>
      `try { ${text}; outcome = 'none' } catch (error) { outcome = error.message }`;
    expect(await patient.outcome(caught(`for (;;) nodeState.putShared('a', 1)`), { calls })).toBe(
      'the script asks too often',
    );
    expect(await patient.outcome(caught(`nodeState.putShared('a', 'x'.repeat(600000))`), { calls })).toBe(
      'the value is too large',
    );
    expect(await patient.outcome(caught(`nodeState.get('a')`), { calls })).toBe('the answer is too large');
  });

  test('lines of log are bounded in number and length', async () => {
    patient.log.length = 0;
    await patient.run(`for (var i = 0; i < 100; i++) logger.info('x'.repeat(1000)); outcome = 'x'`);
    expect(patient.log).toEqual(Array.from({ length: 3 }, () => `info ${'x'.repeat(20)}`));
  });

  test('waiting for an answer is not computing', async () => {
    const slow = { 'state.get': () => new Promise((resolve) => setTimeout(resolve, CPU_MS + 200, 'late')) };
    expect(await script.outcome(`action.goTo(nodeState.get('a'))`, { calls: slow })).toBe('late');
  });

  test('a wait that never ends is ended, and so is one nobody waits for', async () => {
    const never = { 'state.get': () => new Promise(() => undefined) };
    expect(await script.run(`nodeState.get('a')`, { calls: never })).toMatchObject({ fault: 'tooLong' });
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    expect(await script.run(`nodeState.get('a')`, { calls: never, signal: gone.signal })).toMatchObject({
      fault: 'abandoned',
    });
    expect(await script.run('1', { signal: AbortSignal.abort() })).toMatchObject({ fault: 'abandoned' });
  });

  test('a call that fails inside tells the script nothing', async () => {
    const calls = {
      'state.get': () => {
        throw new Error('postgres://user:secret@db');
      },
    };
    expect(
      await patient.outcome(`try { nodeState.get('a') } catch (error) { outcome = error.message }`, {
        calls,
      }),
    ).toBe('the call failed');
  });
});

describe('many at a time', () => {
  test('wait for a thread, or are refused', async () => {
    const small = scriptHarness({ threads: 1, waiting: 2 });
    const gone = new AbortController();
    const runs = [
      small.run(`outcome = 'a'`),
      small.run(`outcome = 'b'`),
      small.run(`outcome = 'c'`, { signal: gone.signal }),
      small.run(`outcome = 'd'`),
    ];
    gone.abort();
    const ends = await Promise.all(runs);
    expect(ends.map((end) => (end.ok ? 'ran' : end.fault))).toEqual(['ran', 'ran', 'abandoned', 'busy']);
    expect(await small.outcome(`outcome = 'e'`)).toBe('e');
    await small.engine.close();
  });

  test('end with the engine: those that run, those that wait, and those that come later', async () => {
    const closing = scriptHarness({ threads: 1 });
    const never = { 'state.get': () => new Promise(() => undefined) };
    await closing.run('1');
    const runs = [closing.run(`nodeState.get('a')`, { calls: never }), closing.run(`outcome = 'b'`)];
    await closing.engine.close();
    const ends = await Promise.all([...runs, closing.run(`outcome = 'c'`)]);
    expect(ends.map((end) => (end.ok ? 'ran' : end.fault))).toEqual(['broken', 'abandoned', 'abandoned']);
  });

  test('take a few milliseconds each', async () => {
    const count = 100;
    const since = performance.now();
    for (let run = 0; run < count; run += 1) await patient.run(`action.goTo('x')`);
    const each = (performance.now() - since) / count;
    // A shared machine can be ten times slower than an idle one; the figure itself is for people.
    expect(each).toBeLessThan(100);
  });
});
