#include "attack.h"
int main(void)
{
	static const char *const devices[] = {"/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/tty", "/dev/console", "/dev/ptmx", "/dev/loop-control"};
	for (int i = 0; i < 11; i++)
		refused(devices[i], open(devices[i], O_RDWR));
	refused("block device", mknod("/tmp/b", S_IFBLK | 0600, makedev(254, 0)));
	refused("memory device", mknod("/tmp/m", S_IFCHR | 0600, makedev(1, 1)));
	refused("type into a terminal", ioctl(0, TIOCSTI, "x"));
	return finish();
}
