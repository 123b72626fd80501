/*
 * Asks intune-gate whether the device of this login may go on.
 *
 * Next-generation script (evaluator version 2.0) of a Scripted Decision node, and of a node made with the Node Designer, which hands
 * its settings in as `properties`. Outcomes: the eight below, spelled as they are.
 *
 * Whatever goes wrong is ERROR: no address or key, no answer, another status than 200, an answer that cannot be read, an outcome that
 * is not one of the eight. The key is read from an ESV and is never logged nor written to state.
 */
var OUTCOMES = [
  'COMPLIANT',
  'NONCOMPLIANT',
  'INGRACEPERIOD',
  'CONFIGMANAGER',
  'CONFLICT',
  'NOID',
  'UNKNOWN',
  'ERROR'
];
var MESSAGE_KEY = 'INTUNE_ERROR_MESSAGE';

var settings =
  typeof properties === 'undefined' || properties === null
    ? {
        // Where the gate is, e.g. https://gate.example
        serviceUrl: systemEnv.getProperty('esv.intune.gate.url'),
        // Name of the ESV with the key of this caller
        apiKeyEsv: 'esv.intune.gate.key',
        // Name of the node in the configuration of the gate
        gateNode: 'default',
        // Headers of the login that tell the device
        deviceHeaders: ['x-intune'],
        // State that the gate may see; nothing else leaves
        stateKeys: ['username'],
        // An instance of the HTTP Client service, for its timeouts or mutual TLS; empty for the default
        httpClientName: ''
      }
    : properties;

/** Java's lists and JavaScript's arrays alike, as an array of texts. */
function textsOf(values) {
  var texts = [];
  var size;
  var i;
  if (values === null || typeof values === 'undefined') {
    return texts;
  }
  size = typeof values.size === 'function' ? values.size() : values.length;
  for (i = 0; i < size; i += 1) {
    texts.push(String(typeof values.get === 'function' ? values.get(i) : values[i]));
  }
  return texts;
}

function collectHeaders() {
  var headers = {};
  var names = textsOf(settings.deviceHeaders);
  var values;
  var i;
  for (i = 0; i < names.length; i += 1) {
    values = textsOf(requestHeaders.get(names[i]));
    if (values.length > 0) {
      headers[names[i]] = values;
    }
  }
  return headers;
}

function collectState() {
  var state = {};
  var keys = textsOf(settings.stateKeys);
  var value;
  var i;
  for (i = 0; i < keys.length; i += 1) {
    value = nodeState.get(keys[i]);
    if (value !== null && typeof value !== 'undefined') {
      state[keys[i]] = typeof value === 'object' ? textsOf(value) : String(value);
    }
  }
  return state;
}

/** What is wrong if the next step fails. What an HTTP client throws may quote the request, and with it the key, so it is never told. */
var problem = 'the script cannot read its settings';

function need(value, otherwise) {
  problem = otherwise;
  if (!value) {
    throw new Error(otherwise);
  }
  return value;
}

/** One decision of the gate. Throws if there is none that can be read. */
function askGate() {
  var url = String(need(settings.serviceUrl, 'the address of the gate is not configured')).replace(
    /\/+$/,
    ''
  );
  var key = need(systemEnv.getProperty(String(settings.apiKeyEsv)), 'the key of the gate is not configured');
  var options = {
    method: 'POST',
    headers: {
      Authorization: 'Bearer ' + key,
      'Content-Type': 'application/json',
      Accept: 'application/json'
    },
    body: JSON.stringify({
      node: settings.gateNode ? String(settings.gateNode) : 'default',
      request: { headers: collectHeaders() },
      sharedState: collectState()
    })
  };
  if (settings.httpClientName) {
    options.clientName = String(settings.httpClientName);
  }
  problem = 'the gate cannot be reached';
  var response = httpClient.send(url + '/v1/decisions', options).get();
  need(Number(response.status) === 200, 'the gate answered with status ' + Number(response.status));
  problem = 'the answer of the gate is no decision';
  return response.json();
}

/** Only entries of the gate's own, and only texts: an answer never writes a user name. */
function copyState(entries) {
  var key;
  for (key in entries) {
    if (
      (key.indexOf('INTUNE_') === 0 || key.indexOf('[Microsoft Intune]') === 0) &&
      typeof entries[key] === 'string'
    ) {
      nodeState.putShared(key, entries[key]);
    }
  }
}

function decide() {
  var decision = askGate();
  var found = OUTCOMES.indexOf(String(decision.outcomeId));
  need(found >= 0, 'the gate answered an unknown outcome');
  problem = 'the state cannot be written';
  copyState(decision.sharedState);
  logger.debug('intune-gate: ' + OUTCOMES[found]);
  return OUTCOMES[found];
}

var result = 'ERROR';
try {
  result = decide();
} catch (error) {
  logger.error('intune-gate: ' + problem);
  nodeState.putShared(MESSAGE_KEY, problem);
}
action.goTo(result);
