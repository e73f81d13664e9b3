sum = (1 + 2
IO.puts(sum)
