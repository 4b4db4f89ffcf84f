-- withdraw: a conversation waits no more and is on offer to nobody.
--
-- KEYS[3] waiting ZSET   KEYS[4] offered HASH   KEYS[5] expiry ZSET
-- KEYS[6] offer HASH and KEYS[7] held HASH of its agent, of the offer the caller knows
-- ARGV[3] conversation   ARGV[4] the offer the caller knows, or ''
-- Returns "ok", or the id of another offer that stands instead (call again with its keys), or what fence.lua returns.
redis.call('ZREM', KEYS[3], ARGV[3])
local offer = redis.call('HGET', KEYS[4], ARGV[3])
if not offer then return 'ok' end
if offer ~= ARGV[4] then return offer end
redis.call('HDEL', KEYS[4], ARGV[3])
redis.call('ZREM', KEYS[5], offer)
redis.call('DEL', KEYS[6])
redis.call('HDEL', KEYS[7], ARGV[3])
return 'ok'
