#include "attack.h"
// Nothing may be written here.
static void directory(const char *dir)
{
	char name[PATH_MAX], other[PATH_MAX];
	snprintf(name, sizeof name, "%s/x", dir);
	snprintf(other, sizeof other, "%s/y", dir);
	refused("chmod", chmod(dir, 0777));
	refused("chown", chown(dir, getuid(), getgid()));
	unwritable(name);
	refused("mkdir", mkdir(name, 0777));
	refused("mknod", mknod(name, S_IFIFO | 0666, 0));
	refused("symlink", symlink("/", name));
	refused("link", link("/proc/self/fd/0", name));
	refused("linkat", linkat(AT_FDCWD, "/proc/self/fd/0", AT_FDCWD, name, AT_SYMLINK_FOLLOW));
	refused("O_TMPFILE", open(dir, O_RDWR | O_TMPFILE, 0600));
	refused("rename", rename("/w/attack.h", other));
	refused("utimes", utimensat(AT_FDCWD, dir, NULL, 0));
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(a.sun_path, sizeof a.sun_path, "%s/s", dir);
	refused("bind", bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof a));
}
int main(void)
{
	const char *const dirs[] = {"/w", "/tmp", "/dev/shm", ".", "/proc/self/cwd", "/proc/self/root/tmp", "/", "/dev", "/etc", "/usr",
		"/usr/lib", "/proc", "/proc/self", "/prepared", "/judge", "/var/tmp", "/run", "/var", "/home", "/mnt", "/opt"};
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		directory(dirs[i]);
	refused("remount", mount(NULL, "/w", NULL, MS_REMOUNT, NULL));
	refused("shm_open", shm_open("/x", O_RDWR | O_CREAT, 0600));
	return finish();
}
