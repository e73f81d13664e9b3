-module(spin).
-export([main/0]).

main() ->
    {ok, [N]} = io:fread("", "~d"),
    Sum = read_sum(N, 0),
    case N > 3 of
        true -> spin(1000000000000, 1);
        false -> ok
    end,
    io:format("~p~n", [Sum]).

read_sum(0, Sum) -> Sum;
read_sum(N, Sum) ->
    {ok, [X]} = io:fread("", "~d"),
    read_sum(N - 1, Sum + X).

spin(0, X) -> X;
spin(I, X) -> spin(I - 1, (X * 1103 + 12345) rem 65536).
