/*
 * Asks intune-gate whether the device of this login may go on.
 *
 * Legacy script (evaluator version 1.0, PingAM 7 and later) of a Scripted Decision node. Outcomes: the eight below, spelled as they
 * are. Where AM runs next-generation scripts, take that pack instead.
 *
 * Whatever goes wrong is ERROR: no address or key, no answer, another status than 200, an answer that cannot be read, an outcome that
 * is not one of the eight. The key is read from an ESV and is never logged nor written to state.
 */
var fr = JavaImporter(org.forgerock.openam.auth.node.api.Action);

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

// Name of the ESV with the address of the gate, e.g. https://gate.example, and of the one with the key of this caller
var SERVICE_URL_ESV = 'esv.intune.gate.url';
var API_KEY_ESV = 'esv.intune.gate.key';
// Name of the node in the configuration of the gate
var GATE_NODE = 'default';
// Headers of the login that tell the device
var DEVICE_HEADERS = ['x-intune'];
// State that the gate may see; nothing else leaves
var STATE_KEYS = ['username'];

/** What is wrong if the next step fails. What an HTTP client throws may quote the request, and with it the key, so it is never told. */
var problem = 'the script cannot read its settings';

function need(value, otherwise) {
  problem = otherwise;
  if (!value) {
    throw new Error(otherwise);
  }
  return value;
}

function collectHeaders() {
  var headers = {};
  var values;
  var texts;
  var i;
  var j;
  for (i = 0; i < DEVICE_HEADERS.length; i += 1) {
    values = requestHeaders.get(DEVICE_HEADERS[i]);
    texts = [];
    for (j = 0; values !== null && j < values.size(); j += 1) {
      texts.push(String(values.get(j)));
    }
    if (texts.length > 0) {
      headers[DEVICE_HEADERS[i]] = texts;
    }
  }
  return headers;
}

function collectState() {
  var state = {};
  var value;
  var i;
  for (i = 0; i < STATE_KEYS.length; i += 1) {
    value = nodeState.get(STATE_KEYS[i]);
    if (value !== null && value.isString()) {
      state[STATE_KEYS[i]] = String(value.asString());
    }
  }
  return state;
}

/** One decision of the gate. Throws if there is none that can be read. */
function askGate() {
  var url = String(need(systemEnv.getProperty(SERVICE_URL_ESV), 'the address of the gate is not configured'));
  var key = String(need(systemEnv.getProperty(API_KEY_ESV), 'the key of the gate is not configured'));
  var request = new org.forgerock.http.protocol.Request();
  var response;
  var status;
  request.setUri(url.replace(/\/+$/, '') + '/v1/decisions');
  request.setMethod('POST');
  request.getHeaders().add('Authorization', 'Bearer ' + key);
  request.getHeaders().add('Content-Type', 'application/json');
  request.getHeaders().add('Accept', 'application/json');
  request
    .getEntity()
    .setString(
      JSON.stringify({ node: GATE_NODE, request: { headers: collectHeaders() }, sharedState: collectState() })
    );
  problem = 'the gate cannot be reached';
  response = httpClient.send(request).get();
  status = Number(response.getStatus().getCode());
  need(status === 200, 'the gate answered with status ' + status);
  problem = 'the answer of the gate is no decision';
  return JSON.parse(String(response.getEntity().getString()));
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
  logger.message('intune-gate: ' + OUTCOMES[found]);
  return OUTCOMES[found];
}

var result = 'ERROR';
try {
  result = decide();
} catch (error) {
  logger.error('intune-gate: ' + problem);
  nodeState.putShared(MESSAGE_KEY, problem);
}
action = fr.Action.goTo(result).build();
