words = fscanf(stdin, "%d");
n = words(1);
total = sum(words(2:n + 1));
printf("%d\n", total);
