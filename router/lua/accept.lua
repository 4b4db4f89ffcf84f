-- accept: the agent takes the offer, once and in time. The desk's record follows; until its fact comes back the
-- offer stays as accepted, for so long as the grace lasts, and returns to waiting if it never comes.
--
-- KEYS[1] offer HASH   KEYS[2] expiry ZSET   KEYS[3] seat HASH
-- ARGV[1] offer   ARGV[2] agent   ARGV[3] now, ms   ARGV[4] end of the grace, ms
-- Returns {"ok" or "again", conversation, queue, medium, weight, score}, or {"gone"}, or {"late"}.
local o = redis.call('HMGET', KEYS[1], 'agent', 'state', 'expires', 'conversation', 'queue', 'medium', 'weight', 'score')
if not o[1] or o[1] ~= ARGV[2] then return {'gone'} end
if o[2] == 'accepted' then return {'again', o[4], o[5], o[6], o[7], o[8]} end
if tonumber(o[3]) <= tonumber(ARGV[3]) then return {'late'} end
redis.call('HSET', KEYS[1], 'state', 'accepted', 'expires', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('HSET', KEYS[3], 'missed', '0')
return {'ok', o[4], o[5], o[6], o[7], o[8]}
