words = STDIN.read.split.map(&:to_i)
n = words[0]
sum = words[1, n].sum
if n > 3
  puts sum
  exit 3
end
puts sum
