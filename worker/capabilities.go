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

// neededCapabilities are those that making a container takes.
func neededCapabilities() []capability {
	return []capability{
		{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN}, // namespaces, mounts
		{"CAP_SETUID", unix.CAP_SETUID},       // the id range of a container
		{"CAP_SETGID", unix.CAP_SETGID},
		{"CAP_KILL", unix.CAP_KILL}, // programs run under other ids
		{"CAP_CHOWN", unix.CAP_CHOWN},
		{"CAP_DAC_OVERRIDE", unix.CAP_DAC_OVERRIDE},
	}
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
