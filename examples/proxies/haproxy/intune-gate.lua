-- Asks intune-gate about each request, over HAProxy's built-in HTTP client: no library is needed.
--
--   global        lua-load /etc/haproxy/intune-gate.lua
--   frontend      http-request lua.ask-intune-gate
--
-- Environment: GATE (host:port), GATE_SECRET, and INTUNE_GATE_POLICY, by default haproxy. They are read once, when HAProxy starts.
-- The frontend must have set the headers with the certificate before, and removed what clients send under the names below.

local gate = assert(os.getenv('GATE'), 'GATE is not set')
local secret = assert(os.getenv('GATE_SECRET'), 'GATE_SECRET is not set')
local policy = os.getenv('INTUNE_GATE_POLICY') or 'haproxy'
local url = 'http://' .. gate .. '/auth/policies/' .. policy .. '/forward'

-- How long the gate may take, milliseconds. After that the request is denied.
local TIMEOUT_MS = 10000

-- What the gate gets of a request, and nothing else.
local PASSED_ON = {
  'x-ssl-client-cert', 'x-ssl-client-used', 'x-ssl-client-verify',
  'cookie', 'authorization', 'accept', 'x-requested-with', 'sec-fetch-mode', 'sec-fetch-dest',
}

-- What the application may believe. All of it is set in any case, so that a client's own value never arrives.
local TO_APPLICATION = {
  'x-device-outcome', 'x-device-reason', 'x-device-id', 'x-device-warning', 'x-device-monitor',
  'x-auth-user', 'x-auth-level', 'x-decision-id',
}

-- What a client learns of an answer that denies.
local TO_CLIENT = { 'location', 'www-authenticate', 'content-type', 'cache-control', 'x-device-outcome', 'x-device-reason' }

-- The values of a header in one; of cookies, browsers send several over HTTP/2.
local function joined(values, separator)
  if values == nil then return nil end
  local list = {}
  for index = 0, #values do list[#list + 1] = values[index] end
  return table.concat(list, separator)
end

local function question(txn)
  local sent = txn.http:req_get_headers()
  local headers = {
    ['x-gate-secret'] = { secret },
    ['x-forwarded-proto'] = { 'https' },
    ['x-forwarded-method'] = { txn.f:method() },
    ['x-forwarded-host'] = { joined(sent['host'], ', ') or '' },
    ['x-forwarded-uri'] = { txn.f:pathq() or '/' },
  }
  for _, name in ipairs(PASSED_ON) do
    local value = joined(sent[name], name == 'cookie' and '; ' or ', ')
    -- An empty certificate says that there is none, and is told.
    if value ~= nil then headers[name] = { value } end
  end
  return headers
end

local function deny(txn, status, answer)
  local reply = txn:reply()
  reply:set_status(status)
  for _, name in ipairs(TO_CLIENT) do
    local value = answer and joined(answer.headers[name], ', ')
    if value ~= nil then reply:add_header(name, value) end
  end
  if answer ~= nil then reply:set_body(answer.body or '') end
  txn:done(reply)
end

core.register_action('ask-intune-gate', { 'http-req' }, function(txn)
  local ok, answer = pcall(function()
    return core.httpclient():get({ url = url, headers = question(txn), timeout = TIMEOUT_MS })
  end)
  -- Fail closed: whatever is not exactly 200 does not pass, and what is no answer of the gate is a 503.
  if not ok or answer == nil or answer.status == nil then return deny(txn, 503, nil) end
  if answer.status == 302 or answer.status == 401 or answer.status == 403 then return deny(txn, answer.status, answer) end
  if answer.status ~= 200 then return deny(txn, 503, nil) end
  for _, name in ipairs(TO_APPLICATION) do
    txn.http:req_set_header(name, joined(answer.headers[name], ', ') or '')
  end
end)
