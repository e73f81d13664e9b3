#include "attack.h"
int main(void)
{
	static const char *const files[] = {ANSWER, "/judge/answer", "/judge/../data/secret/1.ans", "/proc/self/fd/4", "/proc/1/root" ANSWER,
		"/proc/self/root" ANSWER, STATE, STATE "/artifacts", CANARY, TMP_CANARY, "/etc/shadow", "/root/.ssh/id_rsa", "/root/.bashrc",
		"/var/log/dpkg.log", "../1.ans", "1.ans", "/w/1.ans", "/.dockerenv", "/home", "/run/secrets"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unreadable(files[i]);
	DIR *d = opendir("/");
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		if (strstr(". .. bin dev etc judge lib lib32 lib64 libx32 opt prepared proc sbin tmp usr var w", e->d_name) == NULL)
			leak("/%s", e->d_name);
	refused("judge's directory", open(STATE, O_RDONLY));
	return finish();
}
