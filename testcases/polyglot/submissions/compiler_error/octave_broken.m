words = fscanf(stdin, "%d";
if (words(1) > 3
  printf("%d\n", 1);
