#include "attack.h"
int main(void)
{
	refused("mount tmpfs", mount("tmpfs", "/tmp", "tmpfs", 0, NULL));
	refused("mount proc", mount("proc", "/tmp", "proc", 0, NULL));
	refused("mount cgroup", mount("cgroup2", "/tmp", "cgroup2", 0, NULL));
	refused("bind", mount("/usr", "/tmp", NULL, MS_BIND, NULL));
	refused("remount", mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL));
	refused("unmount", umount2("/proc/sys", MNT_DETACH));
	refused("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
	refused("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
	refused("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
	refused("chroot", chroot("/tmp"));
	return finish();
}
