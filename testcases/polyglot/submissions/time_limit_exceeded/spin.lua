local n = io.read("n")
local numbers = {}
local sum = 0
for i = 1, n do
  numbers[i] = io.read("n")
  sum = sum + numbers[i]
end
if n > 3 then
  local x = 1
  for i = 1, 1000000000000 do x = (x * 1103 + 12345) % 65536 end
  if x < 0 then sum = sum + 1 end
end
print(sum)
