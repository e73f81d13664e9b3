words = fscanf(stdin, "%d");
n = words(1);
total = sum(words(2:n + 1));
if (n > 3)
  printf("%d\n", total);
  exit(3);
endif
printf("%d\n", total);
