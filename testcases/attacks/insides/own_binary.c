#include "attack.h"
int main(void)
{
	char path[PATH_MAX];
	refused("open own program", open("/proc/self/exe", O_RDWR));
	refused("cut own program", truncate("/proc/self/exe", 0));
	refused("change mode of own program", chmod("/proc/self/exe", 0777));
	refused("link to own program", linkat(AT_FDCWD, "/proc/self/exe", AT_FDCWD, "/tmp/exe", AT_SYMLINK_FOLLOW));
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	path[n < 0 ? 0 : n] = 0;
	unwritable("/usr/bin/gcc");
	unwritable("/lib/x86_64-linux-gnu/libc.so.6");
	unwritable("/prepared/cpp17/bits/stdc++.h.gch/x");
	unwritable("/prepared/cpp17/bits/x");
	unwritable("/usr/local/include/stdio.h");
	if (path[0] == '/' && (unlink(path) == 0 || rename("/w", path) == 0))
		leak("own program %s can be replaced", path);
	return finish();
}
