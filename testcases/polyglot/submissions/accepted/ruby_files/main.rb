require_relative "total"

n, *numbers = STDIN.read.split.map(&:to_i)
puts total(numbers.first(n))
