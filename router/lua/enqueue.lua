-- enqueue: a conversation waits in a queue with a score, in its new queue if it was in another. One on offer
-- stays on offer and remembers the new score for its return.
--
-- KEYS[3] waiting ZSET of the queue     KEYS[4] waiting ZSET of the queue it may have been in
-- KEYS[5] offered HASH                  KEYS[6] offer HASH the mirror knows of
-- ARGV[3] conversation   ARGV[4] score
-- Returns "ok", "offered", or what fence.lua returns.
if KEYS[4] ~= KEYS[3] then redis.call('ZREM', KEYS[4], ARGV[3]) end
if redis.call('HEXISTS', KEYS[5], ARGV[3]) == 1 then
  if redis.call('HGET', KEYS[6], 'conversation') == ARGV[3] then redis.call('HSET', KEYS[6], 'score', ARGV[4]) end
  return 'offered'
end
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[3])
return 'ok'
