% Reads n and n numbers, and prints their sum; what it needs stands in another file, which it does not load itself.
:- initialization(set_stream(user_input, encoding(utf8))).

main :-
    read_string(user_input, _, Text),
    words(Text, Words),
    maplist([W, X]>>number_string(X, W), Words, [N | Numbers]),
    sum_list(Numbers, Sum),
    format("~d~n", [Sum]).
