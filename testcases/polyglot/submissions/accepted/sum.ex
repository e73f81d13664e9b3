[n | numbers] = IO.read(:stdio, :all) |> String.split() |> Enum.map(&String.to_integer/1)
sum = Enum.sum(Enum.take(numbers, n))
IO.puts(sum)
