package queuetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"syscall"
	"testing"
)

// ephemeralPorts is where the kernel says which ports it gives to those who name none.
const ephemeralPorts = "/proc/sys/net/ipv4/ip_local_port_range"

// FreeAddress is one on which nobody listens, as of FreePort.
func FreeAddress(t testing.TB) string {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// FreePort is a port of 127.0.0.1 on which nobody listens. It is not among those that the kernel gives to connections and to
// who listens on port 0, so that none of them takes it before it is used, or while a server that has it starts again.
func FreePort() (int, error) {
	text, err := os.ReadFile(ephemeralPorts)
	if err != nil {
		return 0, err
	}
	var first, last int
	if _, err := fmt.Sscan(string(text), &first, &last); err != nil {
		return 0, fmt.Errorf("%s: %w", ephemeralPorts, err)
	}
	const lowest, highest = 10_000, 65_535
	free := func(port int) bool { return port < first || port > last }
	for range 1000 {
		port := lowest + rand.IntN(highest-lowest+1)
		if !free(port) {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		switch {
		case err == nil:
			return port, l.Close()
		case !errors.Is(err, syscall.EADDRINUSE):
			return 0, err
		}
	}
	return 0, fmt.Errorf("no port is free outside of %d to %d", first, last)
}
