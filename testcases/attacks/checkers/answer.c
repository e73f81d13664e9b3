#include "attack.h"
int main(int argc, char **argv)
{
	for (int i = 1; i < 3 && i < argc; i++) { refused("open", open(argv[i], O_RDWR)); refused("cut", truncate(argv[i], 0)); refused("mode", chmod(argv[i], 0777)); }
	return leaks ? 43 : 42;
}
