/** The bindings of next-generation scripts (evaluator version 2.0). */
(function (kit, json) {
  'use strict';
  const { call, hide, asList, asMap, withLists, lower, declare, declareCommon, ask, sendRequest } = kit;
  const input = JSON.parse(json);
  declareCommon(input);

  const nodeState = {
    get: (key) => withLists(call('state.get', String(key)) ?? null),
    getObject: (key) => withLists(call('state.getObject', String(key)) ?? null),
    isDefined: (key) => call('state.isDefined', String(key)),
    keys: () => asList(call('state.keys')),
    putShared: (key, value) => write('state.putShared', String(key), value),
    putTransient: (key, value) => write('state.putTransient', String(key), value),
    mergeShared: (values) => write('state.mergeShared', values),
    mergeTransient: (values) => write('state.mergeTransient', values),
    remove: (key) => write('state.remove', String(key)),
  };

  function write(name, ...args) {
    if (args.at(-1) === undefined) throw new Error('the value is undefined');
    call(name, ...args);
    return nodeState;
  }

  const ending = { callbacks: [], sessionProperties: {} };
  function setting(name, read = String) {
    return (value) => {
      ending[name] = read(value);
      return action;
    };
  }
  const action = {
    goTo: setting('outcome'),
    putSessionProperty(key, value) {
      ending.sessionProperties[String(key)] = String(value);
      return action;
    },
    removeSessionProperty(key) {
      ending.sessionProperties[String(key)] = null;
      return action;
    },
    withMaxSessionTime: setting('maxSessionMinutes', Number),
    withMaxIdleTime: setting('maxIdleMinutes', Number),
    withErrorMessage: setting('errorMessage'),
    withLockoutMessage: setting('lockoutMessage'),
    withIdentifiedUser: setting('identifiedUser'),
    withStage: setting('stage'),
    withHeader: setting('header'),
    withDescription: setting('description'),
    suspend(message, logic, maximumMinutes) {
      ending.suspend = {
        message: String(message),
        ...(typeof logic === 'function' ? { logic } : {}),
        ...(maximumMinutes === undefined ? {} : { maximumMinutes: Number(maximumMinutes) }),
      };
      return action;
    },
  };

  const adding =
    (make) =>
    (...args) => {
      ending.callbacks.push(make(...args));
    };
  const callbacksBuilder = {
    nameCallback: adding(ask.name),
    passwordCallback: adding(ask.password),
    textInputCallback: adding(ask.textInput),
    textOutputCallback: adding(ask.textOutput),
    suspendedTextOutputCallback: adding(ask.suspendedTextOutput),
    scriptTextOutputCallback: adding((message) => ask.textOutput(4, message)),
    hiddenValueCallback: adding(ask.hiddenValue),
    choiceCallback: adding(ask.choice),
    confirmationCallback: adding(ask.confirmation),
    pollingWaitCallback: adding(ask.pollingWait),
    metadataCallback: adding(ask.metadata),
    redirectCallback: adding(ask.redirect),
    deviceProfileCallback: adding(ask.deviceProfile),
    validatedUsernameCallback: adding((prompt, policies, _validateOnly, failed) =>
      ask.validated('ValidatedCreateUsernameCallback', prompt, policies, failed),
    ),
    validatedPasswordCallback: adding((prompt, _echoOn, policies, _validateOnly, failed) =>
      ask.validated('ValidatedCreatePasswordCallback', prompt, policies, failed),
    ),
  };

  const answersOf = (type, read) => () =>
    asList(input.answers.filter((answer) => answer.type === type).map(read));
  const value = (answer) => answer.value;
  const validated = (name) => (answer) => ({
    [name]: answer.value,
    value: answer.value,
    validateOnly: answer.validateOnly,
  });
  const callbacks = {
    isEmpty: () => input.answers.length === 0,
    getNameCallbacks: answersOf('NameCallback', value),
    getPasswordCallbacks: answersOf('PasswordCallback', value),
    getTextInputCallbacks: answersOf('TextInputCallback', value),
    getChoiceCallbacks: answersOf('ChoiceCallback', (answer) => asList([answer.value])),
    getConfirmationCallbacks: answersOf('ConfirmationCallback', value),
    getDeviceProfileCallbacks: answersOf('DeviceProfileCallback', value),
    getValidatedUsernameCallbacks: answersOf('ValidatedCreateUsernameCallback', validated('username')),
    getValidatedPasswordCallbacks: answersOf('ValidatedCreatePasswordCallback', validated('password')),
    getHiddenValueCallbacks: () =>
      asMap(
        input.answers
          .filter((answer) => answer.type === 'HiddenValueCallback')
          .map((answer) => [answer.id, answer.value]),
      ),
  };

  const httpClient = {
    send(url, options = {}) {
      const { method = 'GET', headers = {}, token, body, form } = options;
      const request = {
        url: String(url),
        method: String(method),
        headers: Object.entries(headers).map(([name, text]) => [name, String(text)]),
        body:
          typeof body === 'object' && body !== null
            ? JSON.stringify(body)
            : body === undefined
              ? undefined
              : String(body),
      };
      const has = (name) => request.headers.some(([known]) => lower(known) === name);
      if (token !== undefined) request.headers.push(['Authorization', `Bearer ${token}`]);
      if (form !== undefined) {
        const pair = ([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
        request.body = Object.entries(form).map(pair).join('&');
        if (!has('content-type')) request.headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
      }
      if (typeof body === 'object' && !has('content-type'))
        request.headers.push(['Content-Type', 'application/json']);
      let answer;
      const get = () => (answer ??= response(sendRequest(request)));
      return { get, then: (use) => use(get()) };
    },
  };

  function response({ status, statusText, headers, body }) {
    const lists = asMap(
      headers.map(([name, values]) => [name, asList(values)]),
      lower,
    );
    return {
      status,
      statusText,
      ok: status >= 200 && status < 300,
      headers: lists,
      text: () => body,
      json: () => withLists(JSON.parse(body)),
      formData: () =>
        Object.fromEntries(
          body
            .split('&')
            .map((pair) => pair.split('=').map((part) => decodeURIComponent(part.replace(/\+/g, ' ')))),
        ),
    };
  }

  const idRepository = {
    getIdentity(username) {
      const identity = call('identity.find', String(username)) ?? null;
      const readOnly = () => {
        throw new Error('identities cannot be changed by scripts here');
      };
      return {
        exists: () => identity !== null,
        getName: () => identity?.username ?? String(username),
        getUniversalId: () => identity?.id ?? null,
        getAttributeValues: (name) => asList(identity?.attributes[name] ?? []),
        setAttribute: readOnly,
        addAttribute: readOnly,
        store: readOnly,
      };
    },
  };

  // Java's bytes have a sign.
  const signed = (bytes) => asList(bytes.map((byte) => (byte << 24) >> 24));
  const unsigned = (bytes) => Array.from(bytes, (byte) => byte & 255);
  const bytesOf = (data) => (typeof data === 'string' ? call('bytes.of', data, 'utf8') : unsigned(data));
  const coding = (name) => ({
    encode: (data) => call('bytes.text', bytesOf(data), name),
    decode: (text) => call('bytes.text', call('bytes.of', String(text), name), 'utf8'),
    decodeToBytes: (text) => signed(call('bytes.of', String(text), name)),
    btoa: (text) => call('bytes.text', call('bytes.of', String(text), 'latin1'), name),
    atob: (text) => call('bytes.text', call('bytes.of', String(text), name), 'latin1'),
  });
  const nameOf = (algorithm) => (typeof algorithm === 'string' ? { name: algorithm } : algorithm);
  const utils = {
    base64: coding('base64'),
    base64url: coding('base64url'),
    types: {
      stringToBytes: (text) => signed(call('bytes.of', String(text), 'utf8')),
      bytesToString: (bytes) => call('bytes.text', unsigned(bytes), 'utf8'),
    },
    crypto: {
      randomUUID: () => call('crypto.randomUUID'),
      getRandomValues: (array) => signed(call('crypto.randomBytes', array.length)),
      subtle: {
        digest: (algorithm, data) => signed(call('crypto.digest', String(algorithm), bytesOf(data))),
        sign: (algorithm, key, data) =>
          signed(call('crypto.hmac', nameOf(algorithm), bytesOf(key), bytesOf(data))),
        verify: (algorithm, key, data, signature) =>
          call('crypto.hmacMatches', nameOf(algorithm), bytesOf(key), bytesOf(data), unsigned(signature)),
      },
    },
  };

  const secret = (label) => {
    const text = call('secret', String(label));
    return { getAsUtf8: () => text, getAsBytes: () => signed(call('bytes.of', text, 'utf8')) };
  };
  const secrets = { getGenericSecret: secret };

  const libraries = new Map();
  function require(name) {
    const key = String(name);
    if (!libraries.has(key)) {
      const module = { exports: {} };
      libraries.set(key, module);
      new Function('exports', 'module', 'require', call('library', key))(module.exports, module, require);
    }
    return libraries.get(key).exports;
  }

  declare({
    nodeState,
    action,
    callbacks,
    callbacksBuilder,
    httpClient,
    idRepository,
    utils,
    secrets,
    require,
    outcome: undefined,
  });
  if (input.properties !== null) declare({ properties: withLists(input.properties) });
  hide(action, { toString: () => 'action' });

  return (outcome) => kit.finish({ ...ending, outcome: ending.outcome ?? outcome });
});
