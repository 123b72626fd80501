import { createHash, createHmac } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { ScriptCallError } from '../../src/scripting/scriptJob.ts';
import { scriptHarness, type ScriptCase } from '../support/scriptHarness.ts';

const { engine, log, run, outcome } = scriptHarness();
afterAll(() => engine.close());

const value = async (text: string, scriptCase?: ScriptCase): Promise<unknown> => {
  const end = await run(text, scriptCase);
  if (!end.ok) throw new Error(`${end.fault}: ${end.message}`);
  return end.value;
};
const legacy: ScriptCase = { generation: 'legacy' };

describe('next generation: how a script ends', () => {
  test.each([
    [`action.goTo('a')`, { is: 'goTo', outcome: 'a' }],
    [`outcome = 'b'`, { is: 'goTo', outcome: 'b' }],
    [`var outcome = 'c'`, { is: 'goTo', outcome: 'c' }],
    [`let outcome = 'd'`, { is: 'goTo', outcome: 'd' }],
    [`outcome = new String('e')`, { is: 'goTo', outcome: 'e' }],
    [`action.goTo('a'); action.goTo('f')`, { is: 'goTo', outcome: 'f' }],
    [`outcome = 5`, { is: 'nothing' }],
    [`outcome = true`, { is: 'nothing' }],
    ['', { is: 'nothing' }],
    [`callbacksBuilder.nameCallback('Who?'); action.goTo('a')`, { is: 'send' }],
  ])('%s', async (text, expected) => {
    expect(await value(text)).toMatchObject(expected);
  });

  test('with everything an action can carry', async () => {
    const text = `action.goTo('a').putSessionProperty('k', 'v').removeSessionProperty('old').withMaxSessionTime(60)
      .withMaxIdleTime(5).withErrorMessage('no').withLockoutMessage('locked').withIdentifiedUser('alice')
      .withStage('s').withHeader('h').withDescription('d')`;
    expect(await value(text)).toEqual({
      is: 'goTo',
      outcome: 'a',
      sessionProperties: { k: 'v', old: null },
      maxSessionMinutes: 60,
      maxIdleMinutes: 5,
      errorMessage: 'no',
      lockoutMessage: 'locked',
      identifiedUser: 'alice',
      stage: 's',
      header: 'h',
      description: 'd',
    });
  });

  test('suspended, with what it does with the link', async () => {
    const seen: unknown[] = [];
    const calls = {
      suspend: (args: readonly unknown[]) => {
        seen.push(args[0]);
        return 'https://login.example/?suspendedId=1';
      },
      'state.putShared': (args: readonly unknown[]) => void seen.push(args),
    };
    const text = `action.suspend('Open {0}', function (uri) { nodeState.putShared('link', uri); })`;
    expect(await value(text, { calls })).toEqual({
      is: 'suspended',
      message: 'Open https://login.example/?suspendedId=1',
    });
    expect(seen).toMatchObject([
      { is: 'suspend', message: 'Open {0}' },
      ['link', 'https://login.example/?suspendedId=1'],
    ]);
  });

  test.each([
    [`throw new Error('no')`, 'Error: no (line 1)'],
    [`\n\nundefinedThing.x`, `ReferenceError: 'undefinedThing' is not defined (line 3)`],
    [`throw 'text'`, 'text'],
    [`throw null`, 'null'],
    [`var x = (`, "SyntaxError: unexpected token in expression: '' (line 1)"],
    [`throw new Error('x'.repeat(5000))`, `Error: ${'x'.repeat(993)}`],
  ])('thrown: %j', async (text, message) => {
    expect(await run(text)).toEqual({ ok: false, fault: 'threw', message });
  });
});

describe('next generation: what a script reads', () => {
  const input = {
    headers: { 'x-intune': ['CN=1', 'CN=2'] },
    parameters: { service: ['Login'] },
    cookies: { session: 'abc' },
    session: { AuthLevel: '2', UserToken: 'alice' },
    properties: { url: 'https://a', list: ['a', 'b'] },
    resumed: true,
  };

  test.each([
    [`requestHeaders.get('X-Intune').get(0)`, 'CN=1'],
    [`requestHeaders.get('x-intune')[1]`, 'CN=2'],
    [`requestHeaders.get('x-intune').size()`, '2'],
    [`requestHeaders.get('absent') === null`, 'true'],
    [`requestHeaders.containsKey('X-INTUNE')`, 'true'],
    [`requestParameters.get('service').get(0)`, 'Login'],
    [`requestCookies.get('session')`, 'abc'],
    [`requestCookies['session']`, 'abc'],
    [`existingSession.get('AuthLevel')`, '2'],
    [`existingSession.get('none') === null`, 'true'],
    [`resumedFromSuspend`, 'true'],
    [`scriptName + realm`, 'test/alpha'],
    [`properties.url + properties.list.get(1)`, 'https://ab'],
    [`Object.keys(requestHeaders).join()`, 'x-intune'],
    [
      `try { requestHeaders.get('x-intune').get(7) } catch (error) { outcome = error.message }`,
      'Index 7 out of bounds for length 2',
    ],
  ])('%s', async (text, expected) => {
    expect(await outcome(text.includes('outcome =') ? text : `outcome = String(${text})`, { input })).toBe(
      expected,
    );
  });

  test('no session is undefined, and so are settings no node has', async () => {
    expect(await outcome(`outcome = typeof existingSession + typeof properties`)).toBe('undefinedundefined');
  });

  test('state, through the names of its own', async () => {
    const seen: unknown[] = [];
    const told = (name: string, answer?: unknown) => (args: readonly unknown[]) => {
      seen.push([name, ...args]);
      return answer;
    };
    const names = ['putShared', 'putTransient', 'mergeShared', 'mergeTransient', 'remove'];
    const calls = {
      ...Object.fromEntries(names.map((name) => [`state.${name}`, told(name)])),
      'state.get': told('get', { list: ['a'], inner: { x: 1 } }),
      'state.getObject': told('getObject'),
      'state.isDefined': told('isDefined', true),
      'state.keys': told('keys', ['a', 'b']),
    };
    const text = `
      nodeState.putShared('s', 1).putTransient('t', [2]).mergeShared({ m: 3 });
      nodeState.mergeTransient({ n: { o: 4 } }); nodeState.remove('r');
      outcome = [nodeState.get('g').list.get(0), nodeState.get('g').inner.x, nodeState.getObject('o'), nodeState.isDefined('d'), nodeState.keys().size()].join();
    `;
    expect(await outcome(text, { calls })).toBe('a,1,,true,2');
    expect(seen).toEqual([
      ['putShared', 's', 1],
      ['putTransient', 't', [2]],
      ['mergeShared', { m: 3 }],
      ['mergeTransient', { n: { o: 4 } }],
      ['remove', 'r'],
      ['get', 'g'],
      ['get', 'g'],
      ['getObject', 'o'],
      ['isDefined', 'd'],
      ['keys'],
    ]);
    expect(
      await outcome(`try { nodeState.putShared('a', undefined) } catch (error) { outcome = error.message }`),
    ).toBe('the value is undefined');
  });

  test('what the client answered', async () => {
    const answer = (type: string, given: string | number, id?: string) => ({
      type,
      value: given,
      id,
      validateOnly: false,
    });
    const answers = [
      answer('NameCallback', 'alice'),
      answer('PasswordCallback', 'secret'),
      answer('ChoiceCallback', 1),
      answer('ConfirmationCallback', 0),
      answer('HiddenValueCallback', 'hidden', 'id1'),
      answer('TextInputCallback', 'text'),
      { ...answer('ValidatedCreateUsernameCallback', 'bob'), validateOnly: true },
    ];
    const text = `outcome = [callbacks.isEmpty(), callbacks.getNameCallbacks().get(0), callbacks.getPasswordCallbacks()[0],
      callbacks.getChoiceCallbacks().get(0)[0], callbacks.getConfirmationCallbacks().get(0), callbacks.getHiddenValueCallbacks().get('id1'),
      callbacks.getTextInputCallbacks().get(0), callbacks.getValidatedUsernameCallbacks().get(0).username].join()`;
    expect(await outcome(text, { input: { answers } })).toBe('false,alice,secret,1,0,hidden,text,bob');
    expect(await outcome(`outcome = String(callbacks.isEmpty())`)).toBe('true');
  });
});

describe('next generation: services', () => {
  test('variables and secrets, by name', async () => {
    const calls = {
      systemEnv: ([name]: readonly unknown[]) =>
        ({ 'esv.a': 'x', 'esv.n': '5', 'esv.l': '["a"]' })[String(name)],
      secret: ([label]: readonly unknown[]) => {
        if (label === 'known') return 's3cret';
        throw new ScriptCallError('there is no such secret');
      },
    };
    const text = `outcome = [systemEnv.getProperty('esv.a'), systemEnv.getProperty('esv.none'), systemEnv.getProperty('esv.none', 'd'),
      systemEnv.getProperty('esv.n', 1, 'Integer') + 1, secrets.getGenericSecret('known').getAsUtf8()].join()`;
    expect(await outcome(text, { calls })).toBe('x,,d,6,s3cret');
    expect(await run(`secrets.getGenericSecret('other')`, { calls })).toMatchObject({
      message: expect.stringContaining('there is no such secret'),
    });
  });

  test('http, with what was asked and what came', async () => {
    const asked: unknown[] = [];
    const calls = {
      http: ([request]: readonly unknown[]) => {
        asked.push(request);
        return { status: 201, statusText: 'Created', headers: [['X-A', ['1', '2']]], body: '{"list":["a"]}' };
      },
    };
    const text = `
      var r = httpClient.send('https://a/b', { method: 'POST', headers: { 'X-Y': 1 }, token: 't', body: { a: [1] } }).get();
      var f = httpClient.send('https://a/f', { method: 'POST', form: { a: 'x y', b: '&' } }).get();
      httpClient.send('https://a/g').get();
      outcome = [r.status, r.ok, r.statusText, r.headers.get('x-a').get(1), r.json().list.get(0), r.text()].join('|');
    `;
    expect(await outcome(text, { calls })).toBe('201|true|Created|2|a|{"list":["a"]}');
    expect(asked).toEqual([
      {
        url: 'https://a/b',
        method: 'POST',
        headers: [
          ['X-Y', '1'],
          ['Authorization', 'Bearer t'],
          ['Content-Type', 'application/json'],
        ],
        body: '{"a":[1]}',
      },
      {
        url: 'https://a/f',
        method: 'POST',
        headers: [['Content-Type', 'application/x-www-form-urlencoded']],
        body: 'a=x%20y&b=%26',
      },
      { url: 'https://a/g', method: 'GET', headers: [] },
    ]);
  });

  test('identities are read and not written', async () => {
    const calls = {
      'identity.find': ([name]: readonly unknown[]) =>
        name === 'alice'
          ? { id: 'uid-1', username: 'alice', attributes: { mail: ['a@example'] } }
          : undefined,
    };
    const text = `var a = idRepository.getIdentity('alice'), b = idRepository.getIdentity('bob');
      outcome = [a.exists(), a.getName(), a.getUniversalId(), a.getAttributeValues('mail').get(0), a.getAttributeValues('none').size(), b.exists()].join()`;
    expect(await outcome(text, { calls })).toBe('true,alice,uid-1,a@example,0,false');
    expect(await run(`idRepository.getIdentity('alice').setAttribute('a', ['b'])`, { calls })).toMatchObject({
      message: expect.stringContaining('cannot be changed'),
    });
  });

  test('utils', async () => {
    const digest = createHash('sha256').update('x').digest('base64');
    const mac = createHmac('sha256', 'k').update('x').digest('base64');
    const text = `
      var s = utils.crypto.subtle, key = utils.types.stringToBytes('k'), data = utils.types.stringToBytes('x');
      var mac = s.sign({ name: 'HMAC', hash: 'SHA-256' }, key, data);
      outcome = [utils.base64.encode('hé?'), utils.base64.decode('aMOpPw=='), utils.base64url.encode('hé?>'), utils.base64url.decode('aMOpPz4'),
        utils.base64.encode(s.digest('SHA-256', data)), utils.base64.encode(mac), s.verify('HMAC', key, data, mac), s.verify('HMAC', key, key, mac),
        utils.types.bytesToString(utils.types.stringToBytes('é')), utils.types.stringToBytes('é').get(0),
        /^[0-9a-f-]{36}$/.test(utils.crypto.randomUUID()), utils.crypto.getRandomValues([0, 0, 0]).length].join('|')`;
    expect(await outcome(text)).toBe(
      ['aMOpPw==', 'hé?', 'aMOpPz4', 'hé?>', digest, mac, true, false, 'é', -61, true, 3].join('|'),
    );
    expect(await run(`utils.crypto.subtle.digest('MD5', 'x')`)).toMatchObject({
      message: expect.stringContaining('MD5 is not supported'),
    });
  });

  test('the logger fills holes, and library scripts are loaded once', async () => {
    log.length = 0;
    const calls = {
      library: () => `exports.count = 0; exports.next = function () { return ++exports.count; };`,
    };
    const text = `logger.info('a {} b {}', 1, 'x'); logger.error('plain {}'); logger.warn('{} {}', [1, 2]);
      require('lib').next(); outcome = String(require('lib').next())`;
    expect(await outcome(text, { calls })).toBe('2');
    expect(log).toEqual(['info a 1 b x', 'error plain {}', 'warn 1 2']);
  });
});

describe('legacy', () => {
  const IMPORTS = `var fr = JavaImporter(
    org.forgerock.openam.auth.node.api, javax.security.auth.callback, org.forgerock.json.jose.builders,
    com.sun.identity.authentication.callbacks.HiddenValueCallback, java.lang.String);`;

  test.each([
    [`outcome = 'a'`, { is: 'goTo', outcome: 'a' }],
    [`${IMPORTS} action = fr.Action.goTo('b').build()`, { is: 'goTo', outcome: 'b' }],
    [
      `${IMPORTS} with (fr) { action = Action.goTo('c').putSessionProperty('k', 'v').build() }`,
      { outcome: 'c', sessionProperties: { k: 'v' } },
    ],
    [
      `action = org.forgerock.openam.auth.node.api.Action.goTo('d').withErrorMessage('no').build()`,
      { outcome: 'd', errorMessage: 'no' },
    ],
    [`action = Packages.org.forgerock.openam.auth.node.api.Action.goTo('e').build()`, { outcome: 'e' }],
    [
      `importClass(org.forgerock.openam.auth.node.api.Action); action = Action.goTo('f').build()`,
      { outcome: 'f' },
    ],
    // A builder is no action, and an object that only looks like one is none either.
    [`${IMPORTS} outcome = 'g'; action = fr.Action.goTo('x')`, { outcome: 'g' }],
    [`outcome = 'h'; action = { settings: { outcome: 'forged', callbacks: [] } }`, { outcome: 'h' }],
    ['1', { is: 'nothing' }],
  ])('%s', async (text, expected) => {
    expect(await value(text, legacy)).toMatchObject(expected);
  });

  test('callbacks are sent, and come back answered', async () => {
    const text = `${IMPORTS}
      if (callbacks.isEmpty()) {
        action = fr.Action.send(new fr.NameCallback('Name'), new fr.PasswordCallback('Password', false), new fr.TextOutputCallback(fr.TextOutputCallback.ERROR, 'Mind'),
          new fr.ConfirmationCallback('Sure?', fr.ConfirmationCallback.INFORMATION, fr.ConfirmationCallback.YES_NO_OPTION, 1),
          new fr.ChoiceCallback('Which?', ['a', 'b'], 0, false), new fr.HiddenValueCallback('id', 'v')).build();
      } else {
        outcome = [callbacks.get(0).getName(), String(callbacks.get(1).getPassword()), callbacks.get(3).getSelectedIndex(), callbacks[4].getSelectedIndexes()[0], callbacks.get(5).getValue()].join();
      }`;
    expect(await value(text, legacy)).toMatchObject({
      is: 'send',
      callbacks: [
        { type: 'NameCallback', prompt: 'Name' },
        { type: 'PasswordCallback', prompt: 'Password' },
        { type: 'TextOutputCallback', messageType: 2, message: 'Mind' },
        { type: 'ConfirmationCallback', prompt: 'Sure?', messageType: 0, optionType: 0, defaultOption: 1 },
        { type: 'ChoiceCallback', choices: ['a', 'b'] },
        { type: 'HiddenValueCallback', id: 'id', value: 'v' },
      ],
    });
    const given = ['alice', 'secret', undefined, 0, 1, 'v'];
    const types = ['Name', 'Password', 'TextOutput', 'Confirmation', 'Choice', 'HiddenValue'];
    const answers = types.map((type, index) => ({
      type: `${type}Callback`,
      value: given[index],
      validateOnly: false,
    }));
    expect(await outcome(text, { ...legacy, input: { answers } })).toBe('alice,secret,0,1,v');
  });

  test('state, as maps and as JsonValue', async () => {
    const state: Record<string, unknown> = {
      username: 'alice',
      attributes: { mail: 'a@example', n: 3 },
      list: ['x'],
    };
    const calls = {
      'state.get': ([key]: readonly unknown[]) => state[String(key)],
      'state.isDefined': ([key]: readonly unknown[]) => String(key) in state,
      'state.putShared': ([key, entry]: readonly unknown[]) => void (state[String(key)] = entry),
      'state.putTransient': ([key, entry]: readonly unknown[]) =>
        void (state[`transient ${String(key)}`] = entry),
    };
    const text = `
      sharedState.put('a', 'b'); transientState.put('p', 'q'); nodeState.putShared('c', 'd');
      var name = nodeState.get('username');
      outcome = [sharedState.get('username'), sharedState.get('none'), name.asString(), name.isString(), nodeState.get('attributes').get('n').asInteger(),
        nodeState.get('attributes').asMap().get('mail'), nodeState.get('list').asList().get(0), nodeState.get('none') === null,
        sharedState.get('username').equals('alice'), sharedState.get('username').equalsIgnoreCase('ALICE')].join()`;
    expect(await outcome(text, { ...legacy, calls })).toBe('alice,,alice,true,3,a@example,x,true,true,true');
    expect(state).toMatchObject({ a: 'b', 'transient p': 'q', c: 'd' });
  });

  test('http with a request of the Java kind', async () => {
    const asked: unknown[] = [];
    const calls = {
      http: ([request]: readonly unknown[]) => {
        asked.push(request);
        return { status: 200, statusText: 'OK', headers: [['Location', ['/x']]], body: '{"a":1}' };
      },
    };
    const text = `
      var request = new org.forgerock.http.protocol.Request();
      request.setUri('https://a/b'); request.setMethod('POST'); request.getHeaders().add('A', 'b');
      request.getEntity().setString('body');
      var response = httpClient.send(request).get();
      outcome = [response.getStatus().getCode(), response.getStatus().isSuccessful(), JSON.parse(response.getEntity().getString()).a, response.getHeaders().getFirst('location')].join()`;
    expect(await outcome(text, { ...legacy, calls })).toBe('200,true,1,/x');
    expect(asked).toEqual([{ method: 'POST', url: 'https://a/b', headers: [['A', 'b']], body: 'body' }]);
  });

  test.each([
    [
      `new java.util.ArrayList()`,
      `var l = new java.util.ArrayList(); l.add('a'); outcome = l.get(0) + l.size()`,
      'a1',
    ],
    [
      `new java.util.HashMap()`,
      `var m = new java.util.HashMap(); m.put('a', 'b'); outcome = m.get('a')`,
      'b',
    ],
    [`java.util.UUID`, `outcome = String(/^[0-9a-f-]{36}$/.test(java.util.UUID.randomUUID()))`, 'true'],
    [`java.lang.String.valueOf`, `outcome = java.lang.String.valueOf(5)`, '5'],
    [`new java.lang.String`, `outcome = new java.lang.String('x')`, 'x'],
    [`a header`, `outcome = requestHeaders.get('A').get(0).toString()`, '1'],
    [`idRepository`, `outcome = idRepository.getAttribute('alice', 'mail').iterator().next()`, 'm'],
  ])('%s', async (_, text, expected) => {
    const calls = { 'identity.find': () => ({ id: '1', username: 'alice', attributes: { mail: ['m'] } }) };
    expect(await outcome(text, { ...legacy, calls, input: { headers: { a: ['1'] } } })).toBe(expected);
  });

  test.each([
    'new java.io.File("/etc/passwd")',
    'java.lang.Runtime.getRuntime().exec("id")',
    'java.lang.System.exit(0)',
    'Packages.java.lang.Class.forName("x")',
    'new org.forgerock.json.jose.builders.JwtBuilderFactory()',
  ])('%s fails the script', async (text) => {
    expect(await run(`${text}; outcome = 'reached'`, legacy)).toMatchObject({ ok: false, fault: 'threw' });
  });
});
