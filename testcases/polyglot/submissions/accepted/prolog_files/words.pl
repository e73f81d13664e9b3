words(Text, Words) :-
    split_string(Text, " \n", " \n", Parts),
    exclude(==(""), Parts, Words).
