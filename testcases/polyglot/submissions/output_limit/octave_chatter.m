words = fscanf(stdin, "%d");
n = words(1);
total = sum(words(2:n + 1));
if (n > 3)
  printf("%s", repmat("the sum is on its way\n", 1, 400000));
endif
printf("%d\n", total);
