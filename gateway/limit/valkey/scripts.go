package valkey

import "github.com/valkey-io/valkey-go"

// scripts are what the store does in one step each. Moments are microseconds of the server's clock.
type scripts struct{ take, window, beat *valkey.Lua }

func newScripts() scripts {
	return scripts{
		take:   valkey.NewLuaScript(clock + takeScript),
		window: valkey.NewLuaScript(clock + windowScript),
		beat:   valkey.NewLuaScript(clock + beatScript),
	}
}

const clock = `
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
`

// takeScript counts a call in all buckets or in none, by the generic cell rate algorithm: KEYS are the buckets, ARGV
// the calls and the length of time of each. It answers which bucket has no room for longest, from 1 on, and for how
// long.
const takeScript = `
local which, longest = 0, 0
local full = {}
for i = 1, #KEYS do
  local calls, per = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local each = per / calls
  local at = math.min(tonumber(redis.call('GET', KEYS[i]) or 0), now + per)
  if at > now and at + each - now - per > longest then
    which, longest = i, at + each - now - per
  end
  full[i] = math.max(at, now) + each
end
if which > 0 then return {which, math.ceil(longest)} end
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.3f', full[i]), 'PX', math.ceil((full[i] - now) / 1000) + 1)
end
return {0, 0}
`

// windowScript uses one of ARGV[1] tokens, each of which comes back ARGV[2] later, unless no more than ARGV[3] would be
// left: KEYS[1] is the list of the tokens' uses, KEYS[2] is there while nobody may. It answers how long to wait.
const windowScript = `
local rest = redis.call('PTTL', KEYS[2])
if rest > 0 then return {rest * 1000} end
local most, per, keep = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) + per <= now do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local used = redis.call('LLEN', KEYS[1])
if used + keep < most then
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(per / 1000) + 1)
  return {0}
end
return {math.max(1, redis.call('LINDEX', KEYS[1], used + keep - most) + per - now)}
`

// beatScript says that a replica is there: KEYS[1] has the replicas, KEYS[2] what each of them refuses; ARGV is who
// this is, for how long that counts, and what it refuses. It answers how many there are, and what the others refuse.
const beatScript = `
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[2] / 1000))
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
end
redis.call('PEXPIRE', KEYS[2], math.ceil(ARGV[2] / 1000))
local answer = {tostring(redis.call('ZCARD', KEYS[1]))}
local lists = redis.call('HGETALL', KEYS[2])
for i = 1, #lists, 2 do
  if not redis.call('ZSCORE', KEYS[1], lists[i]) then
    redis.call('HDEL', KEYS[2], lists[i])
  elseif lists[i] ~= ARGV[1] then
    answer[#answer + 1] = lists[i + 1]
  end
end
return answer
`
