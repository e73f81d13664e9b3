#include "attack.h"
// search looks for the state directory in a file. The mount of /prepared names it: the kernel tells of every mount which
// directory of its file system it is of.
static void search(const char *name)
{
	char line[8192];
	FILE *f = fopen(name, "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strstr(line, STATE) != NULL && strstr(line, " /prepared ") == NULL)
			leak("%s: %s", name, line);
	if (f != NULL)
		fclose(f);
}
int main(void)
{
	static const char *const links[] = {"exe", "cwd", "root", "fd/0", "fd/1", "fd/2"};
	static const char *const files[] = {"maps", "smaps", "mountinfo", "mounts", "mountstats", "environ", "cmdline", "cgroup"};
	char path[PATH_MAX], target[PATH_MAX];

	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(path, sizeof path, "/proc/self/%s", links[i]);
		ssize_t n = readlink(path, target, sizeof target - 1);
		target[n < 0 ? 0 : n] = 0;
		if (strstr(target, STATE) != NULL)
			leak("%s leads to %s", path, target);
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/proc/self/%s", files[i]);
		search(path);
	}
	return finish();
}
