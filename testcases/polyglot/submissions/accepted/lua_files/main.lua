local total = require("total")

local n = io.read("n")
local numbers = {}
for i = 1, n do
  numbers[i] = io.read("n")
end
print(total(numbers))
