% Reads n and n numbers, and prints their sum.
main :-
    read_string(user_input, _, Text),
    split_string(Text, " \n", " \n", Parts),
    exclude(==(""), Parts, Words),
    maplist([W, X]>>number_string(X, W), Words, [N | Numbers]),
    sum_list(Numbers, Sum),
    ( N > 3 -> length(List, 30000000), List = [_ | _] ; true ),
    format("~d~n", [Sum]).
