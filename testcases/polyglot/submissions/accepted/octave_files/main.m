words = fscanf(stdin, "%d");
printf("%d\n", total(words(2:words(1) + 1)));
