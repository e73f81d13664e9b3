#include "attack.h"
int main(void)
{
	refused("setuid", setuid(0));
	refused("setgid", setgid(0));
	refused("setresuid", setresuid(0, 0, 0));
	refused("setgroups", syscall(SYS_setgroups, 1, (gid_t[]){0}));
	prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	refused("ambient capability", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0));
	if (fork() == 0) {
		execl("/bin/su", "su", "-c", "id", (char *)NULL);
		_exit(1);
	}
	int status;
	wait(&status);
	if (status == 0)
		leak("su worked");
	close(open("/tmp/suid", O_CREAT | O_WRONLY, 0755));
	chmod("/tmp/suid", 06755);
	refused("give away", chown("/tmp/suid", 0, 0));
	return finish();
}
