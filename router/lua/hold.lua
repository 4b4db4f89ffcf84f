-- hold: the desk says that an agent works on the conversation; it waits no more and is on offer to nobody.
--
-- KEYS[3] waiting ZSET   KEYS[4] offered HASH   KEYS[5] expiry ZSET
-- KEYS[6] offer HASH and KEYS[7] held HASH of its agent, of the offer the caller knows
-- KEYS[8] held HASH of the agent who has it now
-- ARGV[3] conversation   ARGV[4] the offer the caller knows, or ''   ARGV[5] medium:weight
-- Returns "ok", or the id of another offer that stands instead (withdraw it, call again), or what fence.lua returns.
redis.call('ZREM', KEYS[3], ARGV[3])
local offer = redis.call('HGET', KEYS[4], ARGV[3])
if offer and offer == ARGV[4] then
  redis.call('HDEL', KEYS[4], ARGV[3])
  redis.call('ZREM', KEYS[5], offer)
  redis.call('DEL', KEYS[6])
  redis.call('HDEL', KEYS[7], ARGV[3])
end
redis.call('HSET', KEYS[8], ARGV[3], ARGV[5])
return offer and offer ~= ARGV[4] and offer or 'ok'
