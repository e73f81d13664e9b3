-module(main).
-export([main/0]).

main() ->
    {ok, [N]} = io:fread("", "~d"),
    io:format("~p~n", [total:add([read() || _ <- lists:seq(1, N)])]).

read() ->
    {ok, [X]} = io:fread("", "~d"),
    X.
