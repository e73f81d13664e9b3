-module(rows).
-export([main/0]).

main() ->
    {ok, [N]} = io:fread("", "~d"),
    Sum = read_sum(N, 0),
    case N > 3 of
        true -> 20000000 = length(lists:seq(1, 20000000));
        false -> ok
    end,
    io:format("~p~n", [Sum]).

read_sum(0, Sum) -> Sum;
read_sum(N, Sum) ->
    {ok, [X]} = io:fread("", "~d"),
    read_sum(N - 1, Sum + X).
