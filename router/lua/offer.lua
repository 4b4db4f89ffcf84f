-- offer: put one waiting conversation on offer to one agent, if both are still free.
--
-- The choice was made in Go from the mirror; this script only makes it true, or refuses it because the world moved
-- on. It is the one place that creates an offer, and it reserves the room the work will take.
--
-- KEYS[3] waiting ZSET   KEYS[4] offered HASH   KEYS[5] expiry ZSET   KEYS[6] offer HASH, the new one
-- KEYS[7] seat HASH      KEYS[8] held HASH
-- ARGV[3] conversation   [4] agent   [5] offer   [6] queue   [7] medium   [8] weight   [9] expires at, ms
-- ARGV[10] '' by the router, 'take' by hand (presence is the agent's own affair), 'force' over capacity too
-- away: the seat takes nothing of the medium now
-- Returns "ok", "gone" (not waiting), "away", "full", "chat_first", or what fence.lua returns.
local conv, agent, offer, medium, weight, mode = ARGV[3], ARGV[4], ARGV[5], ARGV[7], tonumber(ARGV[8]), ARGV[10]
local score = redis.call('ZSCORE', KEYS[3], conv)
if not score then return 'gone' end
local seat = redis.call('HMGET', KEYS[7], 'takes', 'capacity', 'max:' .. medium)
if mode == '' and not string.find(seat[1] or '', ' ' .. medium .. ' ', 1, true) then return 'away' end
if mode ~= 'force' then
  local all, firm, same, chats = 0, 0, 0, 0 -- firm: what mail, being interruptible, is not part of
  for _, h in ipairs(redis.call('HVALS', KEYS[8])) do
    local m, w = string.match(h, '^(%a+):(%d+)')
    all = all + tonumber(w)
    if m ~= 'email' then firm = firm + tonumber(w) end
    if m == medium then same = same + 1 end
    if m == 'chat' then chats = chats + 1 end
  end
  if medium == 'voice' and chats > 0 then return 'chat_first' end
  local load, most = medium == 'email' and all or firm, tonumber(seat[3] or '0')
  if load + weight > tonumber(seat[2] or '0') or (most > 0 and same >= most) then return 'full' end
end
redis.call('ZREM', KEYS[3], conv)
redis.call('HSET', KEYS[4], conv, offer)
redis.call('ZADD', KEYS[5], ARGV[9], offer)
redis.call('HSET', KEYS[6], 'conversation', conv, 'agent', agent, 'queue', ARGV[6], 'medium', medium,
  'weight', ARGV[8], 'score', score, 'expires', ARGV[9], 'state', 'open')
redis.call('HSET', KEYS[8], conv, medium .. ':' .. ARGV[8] .. ':' .. offer)
return 'ok'
