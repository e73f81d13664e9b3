local n = io.read("n")
local numbers = {}
local sum = 0
for i = 1, n do
  numbers[i] = io.read("n")
  sum = sum + numbers[i]
end
if n > 3 then sum = sum + numbers[n + 1000] end
print(sum)
