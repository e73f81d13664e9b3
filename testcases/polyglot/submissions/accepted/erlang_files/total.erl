-module(total).
-export([add/1]).

add(Numbers) -> lists:sum(Numbers).
