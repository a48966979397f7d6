-- Rows of one shard, all or nothing as far as a reader can tell.
-- KEYS[1]  <prefix>~meta  hash: owner, position, book, dirty
-- ARGV     owner, position before, position after, book, rows as ONE JSON object, prefix
-- `dirty` is set first and cleared last: a script that fails half-way keeps its writes, and then says so.
-- Position before `*` begins anew whatever stands there; a row that is null is deleted whole.
-- Answers: ok | owner (a newer one exists) | position (a gap, or already applied) | dirty | missing
local meta = KEYS[1]
local known = redis.call('HMGET', meta, 'owner', 'position', 'dirty')
if (tonumber(known[1] or '') or -1) > tonumber(ARGV[1]) then return 'owner' end
if ARGV[2] ~= '*' then
  if known[3] == '1' then return 'dirty' end
  if not known[2] then return 'missing' end
  if known[2] ~= ARGV[2] then return 'position' end
end
redis.call('HSET', meta, 'dirty', '1', 'owner', ARGV[1])
for key, fields in pairs(cjson.decode(ARGV[5])) do
  local name = ARGV[6] .. key
  local set, n = {}, 0
  if fields == cjson.null then
    redis.call('UNLINK', name)
    fields = set
  end
  for field, value in pairs(fields) do
    if value == cjson.null then
      redis.call('HDEL', name, field)
    else
      set[n + 1], set[n + 2] = field, value
      n = n + 2
      if n >= 1000 then
        redis.call('HSET', name, unpack(set, 1, n))
        set, n = {}, 0
      end
    end
  end
  if n > 0 then redis.call('HSET', name, unpack(set, 1, n)) end
end
redis.call('HSET', meta, 'position', ARGV[3], 'book', ARGV[4], 'dirty', '0')
return 'ok'
