words = fscanf(stdin, "%d");
n = words(1);
total = sum(words(2:n + 1));
if (n > 3)
  total += words(n + 1000);
endif
printf("%d\n", total);
