package settings

import (
	"net"
	"testing"
)

// Whatever the worker serves, it serves on loopback unless configured otherwise.
func TestDefaultAddressesAreLoopback(t *testing.T) {
	t.Parallel()
	settings := defaultSettings()
	for _, name := range []string{"http", "nats_listen"} {
		host, _, err := net.SplitHostPort(settings[name].value)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			t.Errorf("%s: %q, want an address of loopback", name, settings[name].value)
		}
	}
}
