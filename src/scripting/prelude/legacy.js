/** The bindings of legacy scripts (evaluator version 1.0), with the Java classes they usually name. */
(function (kit, json) {
  'use strict';
  const { call, hide, asList, asMap, withLists, lower, declare, declareCommon, ask, sendRequest } = kit;
  const input = JSON.parse(json);
  declareCommon(input);

  // Values that Java would hand over are plain here; scripts call the methods of Java's strings on them.
  hide(String.prototype, {
    equals(other) {
      return String(this) === String(other);
    },
    equalsIgnoreCase(other) {
      return lower(this) === lower(other);
    },
    isEmpty() {
      return this.length === 0;
    },
    contains(part) {
      return this.includes(String(part));
    },
  });

  /** A value of the state as AM's JsonValue. */
  function jsonValue(value) {
    const inner = (key) => jsonValue(value?.[key] ?? null);
    return {
      get: inner,
      isNull: () => value === null,
      isNotNull: () => value !== null,
      isString: () => typeof value === 'string',
      isNumber: () => typeof value === 'number',
      isBoolean: () => typeof value === 'boolean',
      isList: () => Array.isArray(value),
      isMap: () => typeof value === 'object' && value !== null && !Array.isArray(value),
      isDefined: (key) => value?.[key] !== undefined,
      asString: () => (value === null ? null : String(value)),
      asBoolean: () => (value === null ? null : value === true),
      asInteger: () => (value === null ? null : Math.trunc(Number(value))),
      asLong: () => (value === null ? null : Math.trunc(Number(value))),
      asDouble: () => (value === null ? null : Number(value)),
      asList: () => (value === null ? null : withLists(value)),
      asMap: () => (value === null ? null : asMap(Object.entries(withLists(value)))),
      getObject: () => withLists(value),
      size: () => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0),
      keys: () => asList(Object.keys(value ?? {})),
      toString: () => (typeof value === 'string' ? value : JSON.stringify(value)),
      toJSON: () => value,
    };
  }

  const readState = (key) => call('state.get', String(key)) ?? null;
  const nodeState = {
    get(key) {
      const value = readState(key);
      return value === null ? null : jsonValue(value);
    },
    getObject(key) {
      const value = call('state.getObject', String(key)) ?? null;
      return value === null ? null : jsonValue(value);
    },
    isDefined: (key) => call('state.isDefined', String(key)),
    keys: () => asList(call('state.keys')),
    putShared: (key, value) => write('state.putShared', key, value),
    putTransient: (key, value) => write('state.putTransient', key, value),
    mergeShared: (values) => merge('state.mergeShared', values),
    mergeTransient: (values) => merge('state.mergeTransient', values),
    remove: (key) => void call('state.remove', String(key)),
  };

  function write(name, key, value) {
    if (value === undefined) throw new Error('the value is undefined');
    call(name, String(key), value);
    return nodeState;
  }

  function merge(name, values) {
    call(name, values);
    return nodeState;
  }

  /** Reads like `nodeState`, since the store a value lies in is not told; writes one store. */
  const stateMap = (put) => ({
    get: (key) => withLists(readState(key)),
    containsKey: (key) => call('state.isDefined', String(key)),
    keySet: () => asList(call('state.keys')),
    put(key, value) {
      write(put, key, value);
      return null;
    },
    remove(key) {
      const value = withLists(readState(key));
      call('state.remove', String(key));
      return value;
    },
  });

  const built = new WeakSet();
  function builder(ending) {
    const settings = { sessionProperties: {}, callbacks: [], ...ending };
    const setting =
      (name, read = String) =>
      (value) => {
        settings[name] = read(value);
        return self;
      };
    const self = {
      putSessionProperty(key, value) {
        settings.sessionProperties[String(key)] = String(value);
        return self;
      },
      removeSessionProperty(key) {
        settings.sessionProperties[String(key)] = null;
        return self;
      },
      withMaxSessionTime: setting('maxSessionMinutes', Number),
      withMaxIdleTime: setting('maxIdleMinutes', Number),
      withErrorMessage: setting('errorMessage'),
      withLockoutMessage: setting('lockoutMessage'),
      withIdentifiedIdentity: setting('identifiedUser'),
      withStage: setting('stage'),
      withHeader: setting('header'),
      withDescription: setting('description'),
      build() {
        const action = { settings };
        built.add(action);
        return action;
      },
    };
    return self;
  }

  const flat = (items) => (items.length === 1 && Array.isArray(items[0]) ? Array.from(items[0]) : items);
  const Action = {
    goTo: (outcome) => builder({ outcome: String(outcome) }),
    send: (...callbacks) => builder({ callbacks: flat(callbacks).map((callback) => callback.spec) }),
    suspend: (message, logic) =>
      builder({ suspend: { message: String(message), ...(typeof logic === 'function' ? { logic } : {}) } }),
  };

  /** A callback a script makes: what it asks, and afterwards how it was answered. */
  function callbackClass(make, constants = {}) {
    return Object.assign(function (...args) {
      return answerable(make(...args));
    }, constants);
  }

  function answerable(spec, answer = { value: undefined }) {
    return {
      spec,
      getPrompt: () => spec.prompt,
      getName: () => answer.value ?? null,
      getPassword: () => answer.value ?? null,
      getText: () => answer.value ?? null,
      getValue: () => answer.value ?? null,
      getId: () => spec.id,
      getSelectedIndex: () => answer.value,
      getSelectedIndexes: () => asList([answer.value]),
    };
  }

  const MESSAGE_TYPES = { INFORMATION: 0, WARNING: 1, ERROR: 2 };
  const CONFIRMATION = {
    ...MESSAGE_TYPES,
    UNSPECIFIED_OPTION: -1,
    YES_NO_OPTION: 0,
    YES_NO_CANCEL_OPTION: 1,
    OK_CANCEL_OPTION: 2,
    YES: 0,
    NO: 1,
    CANCEL: 2,
    OK: 3,
  };

  function makeRequest() {
    const headers = [];
    const request = { method: 'GET', url: '', headers, body: undefined };
    const same = (name) => (entry) => lower(entry[0]) === lower(name);
    const setHeader = (name, value) => {
      const known = headers.find(same(name));
      if (known === undefined) headers.push([String(name), String(value)]);
      else known[1] = String(value);
    };
    const setBody = (text) => {
      request.body = typeof text === 'object' && text !== null ? JSON.stringify(text) : String(text);
    };
    const self = {
      request,
      setUri: (url) => void (request.url = String(url)),
      getUri: () => request.url,
      setMethod: (method) => void (request.method = String(method)),
      getMethod: () => request.method,
      setEntity: setBody,
      getEntity: () => ({ setString: setBody, setJson: setBody, getString: () => request.body ?? '' }),
      getHeaders: () => ({
        add: (name, value) => void headers.push([String(name), String(value)]),
        put: setHeader,
        addHeader: setHeader,
        getFirst: (name) => headers.find(same(name))?.[1] ?? null,
      }),
      addHeader: setHeader,
    };
    return self;
  }

  function makeResponse({ status, statusText, headers, body }) {
    const first = (name) => headers.find(([known]) => lower(known) === lower(name))?.[1][0] ?? null;
    const entity = {
      getString: () => body,
      getJson: () => withLists(JSON.parse(body)),
      toString: () => body,
    };
    return {
      getStatus: () => ({
        getCode: () => status,
        getReasonPhrase: () => statusText,
        isSuccessful: () => status >= 200 && status < 300,
        isClientError: () => status >= 400 && status < 500,
        isServerError: () => status >= 500,
        toString: () => `[Status: ${status} ${statusText}]`,
      }),
      getEntity: () => entity,
      getHeaders: () => ({
        getFirst: first,
        get(name) {
          const found = headers.find(([known]) => lower(known) === lower(name));
          return found === undefined
            ? null
            : { getValues: () => asList(found[1]), getFirstValue: () => found[1][0] };
        },
      }),
    };
  }

  const httpClient = {
    send(request) {
      let answer;
      const get = () => (answer ??= makeResponse(sendRequest(request.request)));
      return { get, getOrThrow: get, getOrThrowUninterruptibly: get };
    },
  };

  const findIdentity = (username) => call('identity.find', String(username)) ?? null;
  const readOnly = () => {
    throw new Error('identities cannot be changed by scripts here');
  };
  const idRepository = {
    getAttribute: (username, name) => asList(findIdentity(username)?.attributes[String(name)] ?? []),
    setAttribute: readOnly,
    addAttribute: readOnly,
  };

  const pollingWait = (waitTime = 8000, message = '') => ({
    withWaitTime: (milliseconds) => pollingWait(milliseconds, message),
    withMessage: (text) => pollingWait(waitTime, text),
    build: () => answerable(ask.pollingWait(waitTime, message)),
  });

  const listClass = function (items = []) {
    return asList(typeof items === 'number' ? [] : items);
  };
  const mapClass = function (entries = {}) {
    return asMap(Object.entries(entries));
  };
  const stringClass = Object.assign((text = '') => text, {
    valueOf: String,
    join: (by, items) => Array.from(items).join(by),
  });
  const wrapper = (read) => Object.assign((value) => read(value), { valueOf: read });

  const CLASSES = {
    'org.forgerock.openam.auth.node.api.Action': Action,
    'javax.security.auth.callback.NameCallback': callbackClass(ask.name),
    'javax.security.auth.callback.PasswordCallback': callbackClass(ask.password),
    'javax.security.auth.callback.TextInputCallback': callbackClass(ask.textInput),
    'javax.security.auth.callback.TextOutputCallback': callbackClass(ask.textOutput, MESSAGE_TYPES),
    'javax.security.auth.callback.ChoiceCallback': callbackClass(ask.choice),
    'javax.security.auth.callback.ConfirmationCallback': callbackClass(ask.confirmation, CONFIRMATION),
    'com.sun.identity.authentication.callbacks.HiddenValueCallback': callbackClass(ask.hiddenValue),
    'com.sun.identity.authentication.callbacks.ScriptTextOutputCallback': callbackClass((message) =>
      ask.textOutput(4, message),
    ),
    'com.sun.identity.authentication.spi.MetadataCallback': callbackClass(ask.metadata),
    'com.sun.identity.authentication.spi.RedirectCallback': callbackClass(ask.redirect),
    'org.forgerock.openam.core.rest.authn.callbackhandlers.PollingWaitCallback': {
      makeCallback: () => pollingWait(),
    },
    'org.forgerock.openam.authentication.callbacks.PollingWaitCallback': {
      makeCallback: () => pollingWait(),
    },
    'org.forgerock.openam.auth.node.api.SuspendedTextOutputCallback': callbackClass(
      ask.suspendedTextOutput,
      MESSAGE_TYPES,
    ),
    'org.forgerock.http.protocol.Request': makeRequest,
    'org.forgerock.json.JsonValue': Object.assign(
      function (value) {
        return jsonValue(value);
      },
      { json: jsonValue },
    ),
    'java.lang.String': stringClass,
    'java.lang.Integer': Object.assign(wrapper(Number), { parseInt: Number }),
    'java.lang.Long': Object.assign(wrapper(Number), { parseLong: Number }),
    'java.lang.Boolean': Object.assign(
      wrapper((value) => String(value) === 'true'),
      {
        parseBoolean: (text) => lower(text) === 'true',
        TRUE: true,
        FALSE: false,
      },
    ),
    'java.lang.Math': Math,
    'java.lang.System': { currentTimeMillis: () => Date.now() },
    'java.util.ArrayList': listClass,
    'java.util.LinkedList': listClass,
    'java.util.HashSet': listClass,
    'java.util.HashMap': mapClass,
    'java.util.LinkedHashMap': mapClass,
    'java.util.Arrays': { asList: (...items) => asList(flat(items)) },
    'java.util.Collections': { singletonList: (item) => asList([item]), emptyList: () => asList([]) },
    'java.util.UUID': { randomUUID: () => call('crypto.randomUUID') },
    'java.util.Date': Date,
  };
  const simpleName = (name) => name.slice(name.lastIndexOf('.') + 1);
  // `new` of an arrow function fails, and of a class gives what it returns only if that is an object.
  for (const [name, value] of Object.entries(CLASSES)) {
    if (typeof value !== 'function') continue;
    const toString = () => name;
    CLASSES[name] = new Proxy(function () {}, {
      apply: (_target, _self, args) => value(...args),
      construct: (_target, args) => Object(value === Date ? new Date(...args) : value(...args)),
      get: (_target, key) => (key === 'toString' ? toString : value[key]),
    });
  }

  /** A Java package. What is asked of one that is not here fails when it is used, as AM's own list of classes makes it. */
  function javaPackage(path) {
    const refuse = () => {
      throw new Error(`${path} is not available to scripts`);
    };
    return new Proxy(function () {}, {
      apply: refuse,
      construct: refuse,
      get(_target, key) {
        if (key === PACKAGE) return path;
        if (key === Symbol.toPrimitive || key === 'toString') return () => `[JavaPackage ${path}]`;
        if (typeof key === 'symbol') return undefined;
        const name = path === '' ? key : `${path}.${key}`;
        return Object.hasOwn(CLASSES, name) ? CLASSES[name] : javaPackage(name);
      },
    });
  }
  const PACKAGE = Symbol('package');

  const imported = (items) => {
    const names = new Map();
    for (const item of items) {
      const path = item?.[PACKAGE];
      for (const [name, value] of Object.entries(CLASSES)) {
        const isIn = value === item || (path !== undefined && name === `${path}.${simpleName(name)}`);
        if (isIn) names.set(simpleName(name), value);
      }
    }
    return names;
  };

  /** Holds classes under their simple names, for `with` and for a dot. */
  function JavaImporter(...items) {
    const names = imported(items);
    const add = (...more) => imported(more).forEach((value, name) => names.set(name, value));
    return new Proxy(
      {},
      {
        has: (_target, key) => names.has(key),
        get(_target, key) {
          if (key === 'importPackage' || key === 'importClass') return add;
          return names.get(key);
        },
      },
    );
  }
  const importNames = (...items) => imported(items).forEach((value, name) => declare({ [name]: value }));

  // `String(x)` and `new String(x)` of a script are JavaScript's own; only `java.lang.String` is Java's.
  const ids = input.answers;
  const callbacks = asList(ids.map((answer) => answerable({ type: answer.type, id: answer.id }, answer)));

  // The legacy logger has names of its own beside those of the newer one.
  Object.assign(logger, {
    message: (...args) => logger.debug(...args),
    warning: (...args) => logger.warn(...args),
    messageEnabled: () => true,
    warningEnabled: () => true,
    errorEnabled: () => true,
  });

  const secret = (label) => {
    const text = call('secret', String(label));
    return { getAsUtf8: () => text };
  };

  declare({
    nodeState,
    sharedState: stateMap('state.putShared'),
    transientState: stateMap('state.putTransient'),
    callbacks,
    httpClient,
    idRepository,
    secrets: { getGenericSecret: secret },
    Packages: javaPackage(''),
    java: javaPackage('java'),
    javax: javaPackage('javax'),
    org: javaPackage('org'),
    com: javaPackage('com'),
    JavaImporter,
    importPackage: importNames,
    importClass: importNames,
    action: undefined,
    outcome: undefined,
  });
  if (input.properties !== null) declare({ properties: withLists(input.properties) });

  return (outcome, action) => {
    const settings = built.has(action) ? action.settings : { callbacks: [], outcome };
    return kit.finish(settings);
  };
});
