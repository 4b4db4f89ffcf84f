-- release: the agent holds the conversation no longer. A reservation of an open offer is not touched.
--
-- KEYS[3] held HASH   ARGV[3] conversation
-- Returns "ok" or what fence.lua returns.
local h = redis.call('HGET', KEYS[3], ARGV[3])
if h and not string.match(h, '^%a+:%d+:') then redis.call('HDEL', KEYS[3], ARGV[3]) end
return 'ok'
