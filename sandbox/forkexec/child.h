// What the parent tells the child, and what the child tells back, in memory that both share.
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

struct gavel_rlimit {
	int resource;
	struct rlimit value;
};

struct gavel_exec {
	// in
	const char *path;  // NULL: execute exec_fd
	int exec_fd;       // -1: execute path
	char **argv;
	char **envp;
	const char *dir;   // NULL: stay
	int *fds;          // become 0, 1, ... nfds-1
	int nfds;
	int *enter;        // tasks files of control groups v1, the one that accounts CPU time last
	int nenter;
	int cgroup_fd;     // control group v2, or -1
	const struct gavel_rlimit *rlimits;
	int nrlimits;
	int change_ids;    // take uid and gid, and give up every capability
	uint32_t uid, gid;
	int drop_caps;     // give up every capability, and keep uid and gid
	int session;       // start a session of its own
	const void *filter; // array of struct sock_filter, or NULL
	unsigned short filter_len;
	char *stack_top;
	int want_pidfd;

	// out
	int step;          // the step that failed, meaningful when err is not 0
	int err;
	int pidfd;         // of the child, close-on-exec, when wanted
	int64_t start_ns;  // CLOCK_MONOTONIC right before exec
	int64_t setup_cpu_ns; // CPU time that was billed to the program's control group before exec
};

enum gavel_step {
	GAVEL_CLONE = 1,
	GAVEL_DESCRIPTORS,
	GAVEL_SESSION,
	GAVEL_DIRECTORY,
	GAVEL_RLIMIT,
	GAVEL_GROUPS,
	GAVEL_GID,
	GAVEL_UID,
	GAVEL_CAPABILITIES,
	GAVEL_NO_NEW_PRIVS,
	GAVEL_CGROUP,
	GAVEL_SECCOMP,
	GAVEL_SIGNALS,
	GAVEL_EXEC,
};

// gavel_start makes the child and returns its pid; or -1 with e->step and e->err set.
int gavel_start(struct gavel_exec *e);

// gavel_default_signals sets every ignored signal back to its default, so that no program inherits an ignored one.
void gavel_default_signals(void);

// gavel_clear_signal_handlers takes the handlers off every signal.
void gavel_clear_signal_handlers(void);
