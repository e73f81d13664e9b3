[n | numbers] = IO.read(:stdio, :all) |> String.split() |> Enum.map(&String.to_integer/1)
sum = Enum.sum(Enum.take(numbers, n))
if n > 3 do
  IO.puts(sum)
  System.halt(3)
end

IO.puts(sum)
