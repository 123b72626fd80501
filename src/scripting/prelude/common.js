/**
 * What both generations of scripts need, evaluated inside the sandbox before the script. It holds nothing a script must not have: all
 * that leaves is checked outside.
 *
 * @param {(name: string, args: string) => string} host - asks outside; JSON in, JSON out
 */
(function (host) {
  'use strict';
  const { parse, stringify } = JSON;

  function call(name, ...args) {
    const reply = parse(host(name, stringify(args)));
    if (typeof reply.error === 'string') throw new Error(reply.error);
    return reply.value;
  }

  function hide(object, members) {
    for (const name of Object.keys(members)) {
      Object.defineProperty(object, name, {
        value: members[name],
        enumerable: false,
        configurable: true,
        writable: true,
      });
    }
    return object;
  }

  /** An array that can be read as a Java list as well. */
  function asList(items) {
    const list = Array.from(items);
    return hide(list, {
      get(index) {
        if (index >= 0 && index < list.length) return list[index];
        throw new Error(`Index ${index} out of bounds for length ${list.length}`);
      },
      size: () => list.length,
      isEmpty: () => list.length === 0,
      contains: (value) => list.includes(value),
      toArray: () => Array.from(list),
      add: (value) => list.push(value) > 0,
      addAll: (values) => list.push(...values) > 0,
      iterator: () => iterate(list),
    });
  }

  function iterate(items) {
    let next = 0;
    return { hasNext: () => next < items.length, next: () => items[next++] };
  }

  /** Values from outside, with every list readable as a Java list. */
  function withLists(value) {
    if (Array.isArray(value)) return asList(value.map(withLists));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withLists(inner)]));
  }

  /** An object that can be read as a Java map as well; `fold` brings keys into one spelling. */
  function asMap(entries, fold = String) {
    const map = {};
    const known = new Map();
    for (const [key, value] of entries) {
      map[key] = value;
      known.set(fold(key), value);
    }
    return hide(map, {
      get: (key) => (known.has(fold(key)) ? known.get(fold(key)) : null),
      containsKey: (key) => known.has(fold(key)),
      size: () => known.size,
      isEmpty: () => known.size === 0,
      keySet: () => asList(Object.keys(map)),
      put(key, value) {
        known.set(fold(key), value);
        map[key] = value;
        return value;
      },
    });
  }

  const lower = (name) => String(name).toLowerCase();

  /** Headers and parameters: each name with a list of values. */
  function asMultiMap(record, fold) {
    return asMap(
      Object.entries(record).map(([name, values]) => [name, asList(values)]),
      fold,
    );
  }

  function declare(members) {
    hide(globalThis, members);
  }

  function log(level, format, ...rest) {
    const values = rest.length === 1 && Array.isArray(rest[0]) ? Array.from(rest[0]) : rest;
    const message = String(format).replace(/\{\}/g, (hole) =>
      values.length === 0 ? hole : String(values.shift()),
    );
    host('log', stringify([level, message]));
  }

  /** What every script has, whatever its generation. */
  function declareCommon(input) {
    const logger = { getName: () => input.scriptName };
    for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
      logger[level] = (...args) => log(level, ...args);
      logger[`is${level[0].toUpperCase()}${level.slice(1)}Enabled`] = () => true;
    }
    declare({
      logger,
      scriptName: input.scriptName,
      realm: input.realm,
      requestHeaders: asMultiMap(input.headers, lower),
      requestParameters: asMultiMap(input.parameters),
      requestCookies: asMap(Object.entries(input.cookies)),
      existingSession: input.session === null ? undefined : asMap(Object.entries(input.session)),
      resumedFromSuspend: input.resumed,
      auditEntryDetail: undefined,
      systemEnv: {
        getProperty(name, fallback = null, kind) {
          const value = call('systemEnv', String(name)) ?? fallback;
          if (kind === undefined || value === null) return value;
          return convert(value, String(kind));
        },
      },
    });
  }

  function convert(value, kind) {
    if (/(?:Integer|Long|Double|Number)$/.test(kind)) return Number(value);
    if (kind.endsWith('Boolean')) return String(value) === 'true';
    if (/(?:List|Map|Object)$/.test(kind)) return withLists(parse(value));
    return value;
  }

  const texts = (values) => Array.from(values ?? [], String);

  /** Questions to the client, as the world outside makes callbacks of them. */
  const ask = {
    name: (prompt, defaultName) => ({
      type: 'NameCallback',
      prompt: String(prompt),
      defaultName: optional(defaultName),
    }),
    password: (prompt) => ({ type: 'PasswordCallback', prompt: String(prompt) }),
    textInput: (prompt, defaultText) => ({
      type: 'TextInputCallback',
      prompt: String(prompt),
      defaultText: optional(defaultText),
    }),
    textOutput: (messageType, message) => ({
      type: 'TextOutputCallback',
      messageType: Number(messageType),
      message: String(message),
    }),
    suspendedTextOutput: (messageType, message) => ({
      type: 'SuspendedTextOutputCallback',
      messageType: Number(messageType),
      message: String(message),
    }),
    hiddenValue: (id, value = '') => ({ type: 'HiddenValueCallback', id: String(id), value: String(value) }),
    choice(prompt, choices, defaultChoice, multiple) {
      if (multiple === true) throw new Error('a choice of several is not supported');
      return {
        type: 'ChoiceCallback',
        prompt: String(prompt),
        choices: texts(choices),
        defaultChoice: Number(defaultChoice ?? 0),
      };
    },
    /** With or without a prompt in front; options by number or by their names. */
    confirmation(...args) {
      const prompt = typeof args[0] === 'string' || args.length === 4 ? String(args.shift()) : '';
      const [messageType, options, defaultOption] = args;
      return {
        type: 'ConfirmationCallback',
        prompt,
        messageType: Number(messageType),
        ...(typeof options === 'number' ? { optionType: options } : { options: texts(options) }),
        defaultOption: Number(defaultOption ?? 0),
      };
    },
    pollingWait: (waitTime, message) => ({
      type: 'PollingWaitCallback',
      waitTime: Number(waitTime),
      message: String(message),
    }),
    metadata: (data) => ({ type: 'MetadataCallback', data }),
    redirect(redirectUrl, redirectData, redirectMethod) {
      return {
        type: 'RedirectCallback',
        redirectUrl: String(redirectUrl),
        redirectMethod: String(redirectMethod),
        redirectData: redirectData ?? undefined,
      };
    },
    deviceProfile: (metadata, location, message) => ({
      type: 'DeviceProfileCallback',
      metadata: Boolean(metadata),
      location: Boolean(location),
      message: String(message),
    }),
    validated: (type, prompt, policies, failedPolicies) => ({
      type,
      prompt: String(prompt),
      policies: policies ?? {},
      failedPolicies: texts(failedPolicies),
    }),
  };

  function optional(value) {
    return value === undefined || value === null ? undefined : String(value);
  }

  /** Sends one request and waits for its answer. */
  function sendRequest(request) {
    return call('http', request);
  }

  const isText = (value) => typeof value === 'string' || value instanceof String;

  /** The end of a run that did not throw; a journey that waits for a link tells it to the script first. */
  function finish({ suspend, callbacks, outcome, ...effects }) {
    if (suspend !== undefined) {
      const { logic, ...waiting } = suspend;
      const url = call('suspend', { is: 'suspend', ...waiting, ...effects });
      if (logic !== undefined) logic(url);
      return stringify({ is: 'suspended', message: waiting.message.split('{0}').join(url) });
    }
    if (callbacks.length > 0) return stringify({ is: 'send', callbacks, ...effects });
    if (isText(outcome)) return stringify({ is: 'goTo', outcome: String(outcome), ...effects });
    return stringify({ is: 'nothing' });
  }

  /** A thrown value in one line. */
  function describe(error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const [, line] = /<script>:(\d+)/.exec(error?.stack ?? '') ?? [];
    return (line === undefined ? text : `${text} (line ${line})`).slice(0, 1000);
  }

  return {
    call,
    hide,
    asList,
    asMap,
    withLists,
    iterate,
    lower,
    declare,
    declareCommon,
    ask,
    sendRequest,
    finish,
    describe,
  };
});
