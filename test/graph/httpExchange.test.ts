import { Dispatcher } from 'undici';
import { expect, test, vi } from 'vitest';
import { httpExchange } from '../../src/graph/httpExchange.ts';
import { Ending } from '../../src/node/ending.ts';

type Script = (
  handler: Required<Dispatcher.DispatchHandler>,
  controller: Dispatcher.DispatchController,
) => void;

/** A dispatcher that does what the test says. */
class ScriptedDispatcher extends Dispatcher {
  readonly abort = vi.fn<(reason: Error) => void>();
  asked: Dispatcher.DispatchOptions | undefined;
  readonly #script: Script;

  constructor(script: Script) {
    super();
    this.#script = script;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.asked = options;
    const controller = { abort: this.abort } as unknown as Dispatcher.DispatchController;
    this.#script(handler as Required<Dispatcher.DispatchHandler>, controller);
    return true;
  }
}

const ask = (dispatcher: Dispatcher, signal = new Ending()): ReturnType<typeof httpExchange> =>
  httpExchange({
    method: 'GET',
    url: 'https://graph.example:8443/v1.0/devices(deviceId=%27a%27)?$select=id,name',
    headers: { accept: 'application/json' },
    dispatcher,
    signal,
    timeoutMs: 1_000,
    maxBytes: 10,
  });

test('asks for the path and the query at the origin', async () => {
  const dispatcher = new ScriptedDispatcher((handler, controller) => {
    handler.onRequestStart(controller, {});
    handler.onResponseStart(controller, 200, { 'x-one': ['first', 'second'] });
    handler.onResponseData(controller, Buffer.from('{"a":'));
    handler.onResponseData(controller, Buffer.from('"é"}'));
    handler.onResponseEnd(controller, {});
  });
  const answer = await ask(dispatcher);
  expect(answer).toEqual({ whole: true, status: 200, headers: { 'x-one': 'first' }, text: '{"a":"é"}' });
  expect(dispatcher.asked).toMatchObject({
    origin: 'https://graph.example:8443',
    path: '/v1.0/devices(deviceId=%27a%27)?$select=id,name',
  });
  expect(dispatcher.abort).not.toHaveBeenCalled();
});

test('what only announces an answer is none', async () => {
  const dispatcher = new ScriptedDispatcher((handler, controller) => {
    handler.onRequestStart(controller, {});
    handler.onResponseStart(controller, 103, { link: 'x' });
    handler.onResponseStart(controller, 404, {});
    handler.onResponseEnd(controller, {});
  });
  expect(await ask(dispatcher)).toEqual({ whole: true, status: 404, headers: {}, text: '' });
});

test('an answer beyond its bound is broken off', async () => {
  const dispatcher = new ScriptedDispatcher((handler, controller) => {
    handler.onRequestStart(controller, {});
    handler.onResponseStart(controller, 200, {});
    handler.onResponseData(controller, Buffer.alloc(11));
    handler.onResponseError(controller, new Error('aborted'));
  });
  expect(await ask(dispatcher)).toEqual({ whole: false, status: 200, fault: { kind: 'answerTooLarge' } });
  expect(dispatcher.abort).toHaveBeenCalledTimes(1);
});

test('who leaves while the request waits for a connection does not wait, and the request is never made', async () => {
  let begin: (() => void) | undefined;
  const dispatcher = new ScriptedDispatcher((handler, controller) => {
    begin = () => handler.onRequestStart(controller, {});
  });
  const signal = new Ending();
  const answer = ask(dispatcher, signal);
  signal.abort();
  expect(await answer).toEqual({ whole: false, status: undefined, fault: { kind: 'ended' } });
  expect(dispatcher.abort).not.toHaveBeenCalled();
  begin?.();
  expect(dispatcher.abort).toHaveBeenCalledTimes(1);
});

test('a dispatcher that throws is a value, too', async () => {
  const dispatcher = new ScriptedDispatcher(() => {
    throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
  });
  expect(await ask(dispatcher)).toEqual({
    whole: false,
    status: undefined,
    fault: { kind: 'refused', code: 'ECONNREFUSED' },
  });
});
