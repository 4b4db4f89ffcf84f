-- seat: what an agent is and has room for. A new presence forgets missed offers.
--
-- KEYS[3] seat HASH
-- ARGV[3] presence   ARGV[4] capacity   ARGV[5], [6], [7] most at once by mail, chat, phone; 0 is no own limit
-- ARGV[8] media that may be offered now, each between blanks
-- Returns "ok" or what fence.lua returns.
if redis.call('HGET', KEYS[3], 'presence') ~= ARGV[3] then redis.call('HSET', KEYS[3], 'missed', '0') end
redis.call('HSET', KEYS[3], 'presence', ARGV[3], 'capacity', ARGV[4],
  'max:email', ARGV[5], 'max:chat', ARGV[6], 'max:voice', ARGV[7], 'takes', ARGV[8])
return 'ok'
