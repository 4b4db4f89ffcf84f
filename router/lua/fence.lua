-- fence: what every script of the leader asks first; it is put before the script's own text.
--
-- KEYS[1] epoch STRING   KEYS[2] seq STRING, the last fact applied
-- ARGV[1] the caller's epoch, or '' for a caller that leads nothing   ARGV[2] the fact's seq, or 0 for none
-- Returns "lost" (Redis was emptied), "stale" (another leads) or "passed" (the fact was applied before).
local epoch = redis.call('GET', KEYS[1])
if not epoch then return 'lost' end
if ARGV[1] ~= '' and ARGV[1] ~= epoch then return 'stale' end
if ARGV[2] ~= '0' then
  if tonumber(ARGV[2]) <= tonumber(redis.call('GET', KEYS[2]) or '0') then return 'passed' end
  redis.call('SET', KEYS[2], ARGV[2])
end
