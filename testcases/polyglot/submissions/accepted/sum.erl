-module(sum).
-export([main/0]).

main() ->
    {ok, [N]} = io:fread("", "~d"),
    Sum = read_sum(N, 0),
    io:format("~p~n", [Sum]).

read_sum(0, Sum) -> Sum;
read_sum(N, Sum) ->
    {ok, [X]} = io:fread("", "~d"),
    read_sum(N - 1, Sum + X).
