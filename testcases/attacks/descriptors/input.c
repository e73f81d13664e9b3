#include "attack.h"
// Standard input is a file of the host.
int main(void)
{
	struct statfs fs;
	char name[PATH_MAX] = "";
	int flags = 0;
	char proc[] = "/proc/self/fd/0";
	refused("write to the input", write(0, "x", 1));
	refused("cut the input", ftruncate(0, 0));
	refused("change the mode of the input", fchmod(0, 0777));
	refused("take the input", fchown(0, 1000, 1000));
	refused("set times of the input", futimens(0, NULL));
	refused("open the input for writing", open(proc, O_RDWR));
	refused("cut the input by name", truncate(proc, 0));
	refused("link to the input", linkat(AT_FDCWD, proc, AT_FDCWD, "/w/input", AT_SYMLINK_FOLLOW));
	refused("link to the input by descriptor", linkat(0, "", AT_FDCWD, "/w/input", AT_EMPTY_PATH));
	refused("lease on the input", fcntl(0, F_SETLEASE, F_WRLCK));
	refused("flags of the input", ioctl(0, 0x40086602, &flags));
	refused("directory of the input", open("/proc/self/fd/0/..", O_RDONLY));
	refused("directory of the input by descriptor", openat(0, "..", O_RDONLY));
	refused("attribute of the input", syscall(SYS_fsetxattr, 0, "user.x", "x", 1, 0));
	refused("map the input shared", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, 0, 0) == MAP_FAILED ? -1 : 0);
	if (readlink(proc, name, sizeof name - 1) > 0 && strstr(name, ".in"))
		leak("the name of the input is %s", name);
	fstatfs(0, &fs);
	flock(0, LOCK_EX | LOCK_NB); // must not stop anybody
	lseek(0, 1 << 20, SEEK_SET); // nor move what the next run reads
	return finish();
}
