// Connects to a port of the loopback interface, by way of every family that might lead there.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void attempt(const char *name, int family, const void *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd >= 0 && connect(fd, address, size) == 0)
		printf("%s: connected\n", name);
	else
		printf("%s: %s\n", name, strerror(errno));
	close(fd);
}

int main(int argc, char **argv)
{
	int port = argc > 1 ? atoi(argv[1]) : 0;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
	attempt("IPv4", AF_INET, &v4, sizeof v4);
	attempt("IPv6", AF_INET6, &v6, sizeof v6);
	return 0;
}
