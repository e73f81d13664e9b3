words = STDIN.read.split.map(&:to_i)
n = words[0]
sum = words[1, n].sum
400_000.times { puts "the sum is on its way" } if n > 3
puts sum
