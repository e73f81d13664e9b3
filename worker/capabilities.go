package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// capability is a privilege that root may have lost, in a Docker container for example.
type capability struct {
	name string
	bit  uint
}

// neededCapabilities are those that giving a container its range of ids takes. The rest is done inside of the
// container's own user namespace. Where the host keeps user namespaces from unprivileged processes,
// CAP_SYS_ADMIN is needed too; making a container tells.
func neededCapabilities() []capability {
	return []capability{{"CAP_SETUID", unix.CAP_SETUID}, {"CAP_SETGID", unix.CAP_SETGID}}
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
