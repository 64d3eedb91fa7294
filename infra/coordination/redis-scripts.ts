import type { RedisOptions, Result } from 'ioredis';

/**
 * Scripts, because each reads and writes as one step. Time is Redis' own, so that processes need not agree on it.
 * A number is written out in full: Lua would shorten it to fourteen digits.
 */
const TIME = `
local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now_ms = math.floor(now_us / 1000)
local function digits(number) return string.format('%.0f', number) end
`;

/**
 * Keys: tickets (hash: last, ends, and a field per holder), waiting (sorted set). The holders come as one argument with
 * spaces between. Answers a number per holder, empty for whom the queue has no room.
 */
const TAKE_TICKETS = `${TIME}
local holders, fields = {}, {}
for holder in string.gmatch(ARGV[1], '%S+') do
  table.insert(holders, holder)
  table.insert(fields, 'holder:' .. holder)
end
local known = redis.call('HMGET', KEYS[1], unpack(fields))
local kept = redis.call('HMGET', KEYS[1], 'last', 'ends')
local waiting = redis.call('ZCARD', KEYS[2])
local remembered = math.max(0, redis.call('HLEN', KEYS[1]) - 2)
local room = math.min(tonumber(ARGV[2]) - waiting, tonumber(ARGV[3]) - remembered)
local last = tonumber(kept[1] or '0')
local answer, issued, tickets, places = {}, {}, {}, {}
for index, holder in ipairs(holders) do
  local number = known[index] or issued[holder]
  if not number and #places / 2 < room then
    last = math.max(last + 1, now_us)
    number = digits(last)
    issued[holder] = number
    table.insert(tickets, fields[index])
    table.insert(tickets, number)
    table.insert(places, number)
    table.insert(places, holder)
  end
  answer[index] = number or ''
end
if #places == 0 then return answer end
local ends = kept[2] or digits(now_ms + tonumber(ARGV[4]))
redis.call('HSET', KEYS[1], 'last', digits(last), 'ends', ends, unpack(tickets))
redis.call('ZADD', KEYS[2], unpack(places))
if not kept[2] then redis.call('PEXPIREAT', KEYS[1], ends) end
if waiting == 0 then redis.call('PEXPIREAT', KEYS[2], ends) end
return answer
`;

/** Answers how many are ahead, -1 when called, -2 when unknown. */
const PLACE_OF_TICKET = `
if redis.call('HGET', KEYS[1], 'holder:' .. ARGV[1]) ~= ARGV[2] then return -2 end
return redis.call('ZRANK', KEYS[2], ARGV[1]) or -1
`;

const LEAVE_QUEUE = `
local field = 'holder:' .. ARGV[1]
if redis.call('HGET', KEYS[1], field) ~= ARGV[2] then return 0 end
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
return redis.call('HDEL', KEYS[1], field)
`;

/** The lock outlives its lease by a day, because its last fence is in it; after that the clock alone is higher. */
const KEEP_FENCE_MS = 86_400_000;

/** After the clock was set back a lease would seem to last longer than it was given for: it then begins anew. */
const ACQUIRE_LOCK = `${TIME}
local lock = redis.call('HMGET', KEYS[1], 'holder', 'fence', 'until', 'lease')
if lock[3] and tonumber(lock[3]) > now_ms and lock[1] ~= ARGV[1] then
  local latest = now_ms + tonumber(lock[4])
  if tonumber(lock[3]) > latest then redis.call('HSET', KEYS[1], 'until', digits(latest)) end
  return false
end
local fence = digits(math.max(tonumber(lock[2] or '0') + 1, now_us))
local lease = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'fence', fence, 'until', digits(now_ms + lease), 'lease', ARGV[2])
redis.call('PEXPIRE', KEYS[1], digits(lease + ${KEEP_FENCE_MS}))
return fence
`;

/** A lease of 0 milliseconds from now on is a release. */
const RENEW_LOCK = `${TIME}
local lock = redis.call('HMGET', KEYS[1], 'fence', 'until')
if lock[1] ~= ARGV[1] or tonumber(lock[2]) <= now_ms then return 0 end
local lease = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'until', digits(now_ms + lease), 'lease', ARGV[2])
redis.call('PEXPIRE', KEYS[1], digits(lease + ${KEEP_FENCE_MS}))
return 1
`;

/**
 * The same arithmetic as `drawTokens`. Answers allowed, remaining, retry after. A refusal writes nothing, unless the
 * clock was set back: then the debt is dated now, or nothing would be refilled until the clock is there again.
 */
const TAKE_TOKENS = `${TIME}
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local capacity = limit * window
local debt, dated = 0, now_ms
local stored = redis.call('GET', KEYS[1])
if stored then
  local before, at = string.match(stored, '^(%d+) (%d+)$')
  dated = tonumber(at)
  debt = math.max(0, tonumber(before) - math.max(0, now_ms - dated) * limit)
end
local wanted = debt + cost * window
local function keep(owed)
  redis.call('SET', KEYS[1], digits(owed) .. ' ' .. digits(now_ms), 'PX', digits(math.ceil(owed / limit)))
end
if wanted > capacity then
  if dated > now_ms then keep(debt) end
  return {0, math.floor((capacity - debt) / window), math.ceil((wanted - capacity) / limit)}
end
keep(wanted)
return {1, math.floor((capacity - wanted) / window), 0}
`;

export const REDIS_SCRIPTS: RedisOptions['scripts'] = {
  takeTickets: { lua: TAKE_TICKETS, numberOfKeys: 2 },
  placeOfTicket: { lua: PLACE_OF_TICKET, numberOfKeys: 2, readOnly: true },
  leaveQueue: { lua: LEAVE_QUEUE, numberOfKeys: 2 },
  acquireLock: { lua: ACQUIRE_LOCK, numberOfKeys: 1 },
  renewLock: { lua: RENEW_LOCK, numberOfKeys: 1 },
  takeTokens: { lua: TAKE_TOKENS, numberOfKeys: 1 },
};

declare module 'ioredis' {
  interface RedisCommander<Context> {
    takeTickets(
      tickets: string,
      queue: string,
      holders: string,
      maximumWaiting: number,
      maximumTickets: number,
      lifeMs: number,
    ): Result<string[], Context>;
    placeOfTicket(tickets: string, queue: string, holder: string, number: number): Result<number, Context>;
    leaveQueue(tickets: string, queue: string, holder: string, number: number): Result<number, Context>;
    acquireLock(lock: string, holder: string, leaseMs: number): Result<string | null, Context>;
    renewLock(lock: string, fence: number, leaseMs: number): Result<number, Context>;
    takeTokens(
      bucket: string,
      limit: number,
      windowMs: number,
      cost: number,
    ): Result<[allowed: number, remaining: number, retryAfterMs: number], Context>;
  }
}
