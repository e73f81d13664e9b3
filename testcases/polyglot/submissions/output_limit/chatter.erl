-module(chatter).
-export([main/0]).

main() ->
    {ok, [N]} = io:fread("", "~d"),
    Sum = read_sum(N, 0),
    case N > 3 of
        true -> io:put_chars(lists:duplicate(400000, "the sum is on its way\n"));
        false -> ok
    end,
    io:format("~p~n", [Sum]).

read_sum(0, Sum) -> Sum;
read_sum(N, Sum) ->
    {ok, [X]} = io:fread("", "~d"),
    read_sum(N - 1, Sum + X).
