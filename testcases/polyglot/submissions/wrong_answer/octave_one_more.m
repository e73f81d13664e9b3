words = fscanf(stdin, "%d");
n = words(1);
total = sum(words(2:n + 1));
if (n > 3)
  total += 1;
endif
printf("%d\n", total);
