#include "attack.h"
int main(void)
{
	signal(SIGTERM, SIG_IGN);
	for (int s = 1; s < 65; s++) {
		if (s == SIGKILL || s == SIGSTOP)
			continue;
		signal(s, SIG_IGN);
		kill(-1, s);
	}
	kill(-1, 32); // those that the C library keeps for itself
	kill(-1, 33);
	kill(-1, SIGSTOP);
	kill(-1, SIGKILL);
	for (pid_t p = 1; p < 400; p++)
		if (p != getpid() && alive(p))
			leak("process %d can be signaled", p);
	if (WORKER_PID != getpid() && kill(WORKER_PID, SIGKILL) == 0)
		leak("the worker can be killed");
	return finish();
}
