local n = io.read("n")
local numbers = {}
local sum = 0
for i = 1, n do
  numbers[i] = io.read("n")
  sum = sum + numbers[i]
end
print(sum)
