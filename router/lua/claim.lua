-- claim: make the caller the leader; whoever led before is refused from here on.
--
-- KEYS[1] epoch STRING   KEYS[2] seq STRING
-- ARGV[1] now, ms: the epoch when none is higher   ARGV[2] the last fact the caller knows
-- Returns {the new epoch, "1" when Redis was empty}. It always succeeds: the lease was won elsewhere.
local before = redis.call('GET', KEYS[1])
local epoch = tonumber(ARGV[1])
if before and tonumber(before) >= epoch then epoch = tonumber(before) + 1 end
epoch = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], epoch)
redis.call('SET', KEYS[2], ARGV[2])
return {epoch, before and '0' or '1'}
