#include "attack.h"
int main(void)
{
	refused("shared memory", syscall(SYS_shmget, 0x6761, 4096, 01666));
	refused("message queue", syscall(SYS_msgget, 0x6761, 01666));
	refused("semaphores", syscall(SYS_semget, 0x6761, 1, 01666));
	refused("POSIX queue", syscall(SYS_mq_open, "gavel", O_CREAT | O_RDWR, 0600, NULL));
	refused("key", syscall(SYS_add_key, "user", "gavel", "x", 1, -4));
	refused("keyring", syscall(SYS_keyctl, 1, "gavel"));
	return finish();
}
