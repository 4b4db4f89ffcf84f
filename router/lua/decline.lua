-- decline: an offer ends without an assignment, and the conversation waits again in its old place.
--
-- KEYS[1] offer HASH   KEYS[2] expiry ZSET   KEYS[3] offered HASH   KEYS[4] waiting ZSET of its queue
-- KEYS[5] seat HASH and KEYS[6] held HASH of its agent
-- ARGV[1] offer   ARGV[2] agent   ARGV[3] now, ms
-- ARGV[4] 'decline' (open offers only), 'expire' (at its time only), 'return' (ours to end), 'unseen' (the
--   same, but open offers only), 'drop' (do not wait again)
-- Returns {"ok", misses in a row}, {"gone"}, {"accepted"} or {"later", moment it ends, ms}.
local o = redis.call('HMGET', KEYS[1], 'agent', 'state', 'expires', 'conversation', 'score')
if not o[1] or o[1] ~= ARGV[2] then return {'gone'} end
local how, missed = ARGV[4], 0
if (how == 'decline' or how == 'unseen') and o[2] ~= 'open' then return {'accepted'} end
if how == 'expire' and tonumber(o[3]) > tonumber(ARGV[3]) then return {'later', o[3]} end
redis.call('HDEL', KEYS[3], o[4])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[1])
redis.call('HDEL', KEYS[6], o[4])
if how ~= 'drop' then redis.call('ZADD', KEYS[4], o[5], o[4]) end
if how == 'decline' then redis.call('HSET', KEYS[5], 'missed', '0') end
if how == 'expire' and o[2] == 'open' then missed = redis.call('HINCRBY', KEYS[5], 'missed', 1) end
return {'ok', tostring(missed)}
