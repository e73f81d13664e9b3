package seccomp

import (
	"slices"

	"golang.org/x/sys/unix"
)

// WithoutGroups returns a copy for a container without a control group. It refuses memory that nobody would see:
// pages that belong to no process and to no file of the container. And it keeps programs on their cores.
func (p *Policy) WithoutGroups() *Policy {
	const kind = unix.MAP_TYPE | unix.MAP_ANONYMOUS
	return p.instead(
		Group{
			Name: "files in memory, without a control group", Action: Fail(unix.ENOSYS), Syscalls: []string{"memfd_create"},
			Why: "what is written to them shows nowhere; /dev/shm is counted",
		},
		Group{
			Name: "mappings, without a control group", Action: Allow(), Syscalls: []string{"mmap"},
			Why: "private ones and those of files are counted",
			When: &Condition{Arg: 3, Mask: kind, In: []Number{
				unix.MAP_PRIVATE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS, unix.MAP_SHARED, unix.MAP_SHARED_VALIDATE,
			}},
		},
		Group{
			Name: "shared anonymous memory, without a control group", Action: Fail(unix.EPERM), Syscalls: []string{"mmap"},
			Why:  "it stays when it is not mapped, and shows nowhere then",
			When: &Condition{Arg: 3, Mask: kind, In: []Number{unix.MAP_SHARED | unix.MAP_ANONYMOUS}},
		},
		Group{
			Name: "cores, without a control group", Action: Fail(unix.EPERM), Syscalls: []string{"sched_setaffinity"},
			Why: "no cpuset holds the program on its own",
		},
	)
}

// WithSharedID returns a copy for programs that run under the id of the container server: what the kernel would
// refuse to another id is refused here. The server cannot wear it.
func (p *Policy) WithSharedID() *Policy {
	zero := Number(0)
	self := func(name string, call string) []Group {
		return []Group{
			{
				Name: name + " of the caller", Action: Allow(), Syscalls: []string{call},
				Why: "its own", When: &Condition{Arg: 0, In: []Number{0}},
			},
			{
				Name: name + " of others", Action: Fail(unix.EPERM), Syscalls: []string{call},
				Why: "the container server has the same id", When: &Condition{Arg: 0, Not: &zero},
			},
		}
	}
	groups := append(self("limits", "prlimit64"),
		Group{
			Name: "scheduling policy with a shared id", Action: Fail(unix.EPERM), Syscalls: []string{"sched_setscheduler"},
			Why: "the container server has the same id",
		},
		Group{
			Name: "descriptors with a shared id", Action: Allow(), Syscalls: []string{"fcntl"},
			Why: "everything but leases",
			When: &Condition{Arg: 1, Mask: 0xffffffff, In: []Number{
				unix.F_DUPFD, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_GETLK, unix.F_SETLK,
				unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW, unix.F_DUPFD_CLOEXEC,
				unix.F_SETPIPE_SZ, unix.F_GETPIPE_SZ, unix.F_ADD_SEALS, unix.F_GET_SEALS, unix.F_GETLEASE,
				unix.F_SETOWN, unix.F_GETOWN, unix.F_SETSIG, unix.F_GETSIG, unix.F_SETOWN_EX, unix.F_GETOWN_EX,
			}},
		},
		Group{
			Name: "leases with a shared id", Action: Fail(unix.EPERM), Syscalls: []string{"fcntl"},
			Why:  "on files of the worker's user they hold up everybody else",
			When: &Condition{Arg: 1, Mask: 0xffffffff, In: []Number{unix.F_SETLEASE}},
		},
	)
	if p.decide("sched_setaffinity", [6]uint64{}) == Allow() {
		groups = append(groups, self("cores", "sched_setaffinity")...)
	}
	return p.instead(groups...)
}

// instead returns a copy in which these groups alone decide on the calls that they name.
func (p *Policy) instead(groups ...Group) *Policy {
	named := func(call string) bool {
		return slices.ContainsFunc(groups, func(g Group) bool { return slices.Contains(g.Syscalls, call) })
	}
	q := *p
	q.Groups = nil
	for _, g := range p.Groups {
		if g.Syscalls = slices.DeleteFunc(slices.Clone(g.Syscalls), named); len(g.Syscalls) > 0 {
			q.Groups = append(q.Groups, g)
		}
	}
	q.Groups = append(q.Groups, groups...)
	return &q
}
