#include "attack.h"
// The honest interactor of the hostile submissions here: says the number of the test, and wants to hear "safe".
int main(int argc, char **argv)
{
	char said[200] = "";
	FILE *input = fopen(argv[1], "r");
	int number;
	if (argc < 4 || input == NULL || fscanf(input, "%d", &number) != 1)
		return 1;
	printf("%d\n", number);
	fflush(stdout);
	if (fgets(said, sizeof said, stdin) == NULL || strcmp(said, "safe\n") != 0) {
		char path[PATH_MAX];
		snprintf(path, sizeof path, "%s/judgemessage.txt", argv[3]);
		FILE *message = fopen(path, "w");
		fprintf(message, "it said %s\n", said);
		return 43;
	}
	return 42;
}
