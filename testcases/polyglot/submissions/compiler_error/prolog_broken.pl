main :-
    read_term(user_input, X, [],
    format("~w~n", [X]).
