[n | numbers] = IO.read(:stdio, :all) |> String.split() |> Enum.map(&String.to_integer/1)
sum = Enum.sum(Enum.take(numbers, n))
if n > 3, do: IO.write(List.duplicate("the sum is on its way\n", 400_000))
IO.puts(sum)
