// Lists the extended attributes of the paths given, or sets some on them first when the first argument is "set".
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

// An access list that lets uid 4242 read, as system.posix_acl_access holds it (linux/posix_acl_xattr.h).
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 4, 0, 0x92, 0x10, 0, 0,
	0x04, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
};

int main(int argc, char **argv)
{
	int set = argc > 1 && strcmp(argv[1], "set") == 0;
	char names[4096];

	for (int i = 1 + set; i < argc; i++) {
		if (set) {
			setxattr(argv[i], "user.note", "secret", 6, 0);
			setxattr(argv[i], "system.posix_acl_access", acl, sizeof acl, 0);
			setxattr(argv[i], "system.posix_acl_default", acl, sizeof acl, 0);
		}
		ssize_t n = listxattr(argv[i], names, sizeof names);
		if (n < 0)
			printf("%s: %s\n", argv[i], strerror(errno));
		for (char *p = names; p < names + n; p += strlen(p) + 1)
			printf("%s %s\n", argv[i], p);
	}
	return 0;
}
