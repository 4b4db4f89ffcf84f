-- pass: move the cursor over facts that change nothing here.
--
-- KEYS and ARGV of fence.lua, nothing else. Returns "ok" or what fence.lua returns.
return 'ok'
