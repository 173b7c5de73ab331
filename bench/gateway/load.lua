-- The load as wrk runs it: which bodies are sent, what a stream must hold, one line of JSON at the end.
--   wrk -s load.lua URL -- BODY_FILE pool|unique [TEXT_FILE]
-- BODY_FILE is one request body with a marker that becomes a number: 64 different bodies in turn (`pool`), or
-- never the same twice (`unique`). With TEXT_FILE the pieces of each stream are joined and compared with it.

local MARKER = "@N@"
local POOL = 64
local PIECE = '"content":%s*"([^"]*)"'
local wrong = 0
local threads = {}

local function contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function bodies(template)
  local first, last = template:find(MARKER, 1, true)
  local head, tail = template:sub(1, first - 1), template:sub(last + 1)
  return function(number) return wrk.format("POST", nil, nil, head .. number .. tail) end
end

local function pool(make)
  local made, turn = {}, 0
  for number = 1, POOL do made[number] = make(number) end
  return function()
    turn = turn % POOL + 1
    return made[turn]
  end
end

local function unique(make)
  local number = os.time() * 1e6
  return function()
    number = number + 1
    return make(string.format("%.0f", number))
  end
end

local function checking(expected)
  wrong_streams = 0
  return function(status, headers, body)
    local pieces = {}
    for piece in body:gmatch(PIECE) do pieces[#pieces + 1] = piece end
    if table.concat(pieces) ~= expected then wrong_streams = wrong_streams + 1 end
  end
end

function setup(thread) threads[#threads + 1] = thread end

function init(args)
  local make = bodies(contents(args[1]))
  request = (args[2] == "unique" and unique or pool)(make)
  if args[3] then response = checking(contents(args[3])) end
end

function done(summary, latency)
  for _, thread in ipairs(threads) do wrong = wrong + (thread:get("wrong_streams") or 0) end
  local errors = summary.errors
  io.write("\n", string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "wrong": %d, "refused": %d, "broken": %d, "late": %d, '
      .. '"p50_us": %d, "p99_us": %d, "max_us": %d}',
    summary.requests, summary.duration / 1e6, summary.bytes, wrong, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max), "\n")
end
