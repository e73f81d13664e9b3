package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/worker/settings"
)

// host is what the checks look at. They ask the kernel nothing by themselves, so that tests can hand in a host
// that does not exist.
type host struct {
	files        fs.FS // from the root directory; sees /proc and /sys
	uid          int
	user         string // "" when it has no name
	capabilities uint64 // effective, as bits
	cores        []int  // that the worker may use, ascending
	slots        int    // programs at once
	pin          bool   // each on a core of its own: the first slots of cores
	program      string // file that runs, absolute; "" when unknown
	openFiles    uint64 // hard limits of the worker: RLIMIT_NOFILE, descriptors
	stack        uint64 // RLIMIT_STACK, bytes
	coreDump     uint64 // RLIMIT_CORE, bytes
	groups       *cgroup.Features
}

// unlimited is how the kernel writes no limit.
const unlimited = math.MaxUint64

// newHost gathers what the checks need of this host. What cannot be found out stays zero, and the checks say so.
func newHost(judging settings.Judging) host {
	h := host{files: os.DirFS("/"), uid: os.Geteuid(), user: userName(), slots: int(judging.Slots), pin: judging.Pin}
	h.capabilities, _ = effectiveCapabilities() // checkPrivileges reports the error
	h.program, _ = os.Executable()              // checkProgram says unknown
	h.cores = allowedCores()
	if h.slots == 0 {
		h.slots = max(1, len(h.cores))
	}
	h.openFiles, h.stack, h.coreDump = hardLimit(unix.RLIMIT_NOFILE), hardLimit(unix.RLIMIT_STACK), hardLimit(unix.RLIMIT_CORE)
	if probed, err := cgroup.Probe(); err == nil { // checkControlGroups reports the error
		features := probed.Features()
		h.groups = &features
	}
	return h
}

// checkHost checks everything that can be read without making a container.
func checkHost(h host) []finding {
	findings := append(checkNamespaces(h), checkProc(h), checkConfinement(h), checkSubIDs(h), checkProgram(h))
	findings = append(findings, checkControllers(h), checkSwap(h), checkMemory(h), checkHugePages(h), checkRandomisation(h))
	findings = append(findings, checkSiblings(h), checkGovernor(h), checkTurbo(h), checkClock(h))
	return append(findings, checkCoreDumps(h), checkOpenFiles(h), checkStack(h))
}

// allowedCores are those that this process may run on, or none when the kernel does not tell.
func allowedCores() []int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil
	}
	var cores []int
	for cpu := 0; len(cores) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cores = append(cores, cpu)
		}
	}
	return cores
}

// hardLimit of this process. One that cannot be read counts as none.
func hardLimit(resource int) uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil {
		return unlimited
	}
	return limit.Max
}

// mayAdminister reports whether the worker holds CAP_SYS_ADMIN, for which the kernel's bars on user namespaces
// do not count.
func (h host) mayAdminister() bool { return h.capabilities&(1<<unix.CAP_SYS_ADMIN) != 0 }

// text is the content of a file without the blanks around it.
func (h host) text(path string) (string, error) {
	data, err := fs.ReadFile(h.files, strings.TrimPrefix(path, "/"))
	return strings.TrimSpace(string(data)), err
}

// number is the content of a file that holds one.
func (h host) number(path string) (int64, error) {
	text, err := h.text(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s does not hold a number", path)
	}
	return n, nil
}

// absent reports whether something is not there, which is an answer. Any other error means that it is unknown.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// unknown is a finding about what could not be read.
func unknown(check string, err error) finding {
	return warn(check, "unknown: "+err.Error(), "run doctor where /proc and /sys can be read, or look at it by hand")
}
