package doctor

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox/cgroup"
)

// capability is a privilege that root may have lost, in a Docker container for example.
type capability struct {
	name string
	bit  uint
}

// neededCapabilities are those that giving a container its range of ids takes. The rest is done inside of the
// container's own user namespace. Where the host keeps user namespaces from unprivileged processes,
// CAP_SYS_ADMIN is needed too; making a container tells. With control groups of version 2, the container's group is
// made over to that range.
func neededCapabilities(groups *cgroup.Host) []capability {
	needed := []capability{{"CAP_SETUID", unix.CAP_SETUID}, {"CAP_SETGID", unix.CAP_SETGID}}
	if groups != nil && groups.Version() == 2 {
		needed = append(needed, capability{"CAP_CHOWN", unix.CAP_CHOWN})
	}
	return needed
}

// effectiveCapabilities are those of this process, as bits.
func effectiveCapabilities() (uint64, error) {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read own capabilities: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, errors.New("/proc/self/status tells no capabilities")
}
