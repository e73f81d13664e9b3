package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// openTestState opens dir for the time of the test.
func openTestState(t *testing.T, dir string) *Dir {
	t.Helper()
	s, err := Open(settings.State{StateDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestStateIsClaimedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openTestState(t, dir)
	if err := first.Lock(); err != nil {
		t.Fatal(err)
	}
	second := openTestState(t, dir)
	err := second.Lock()
	if err == nil || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("second claim = %v, want an error that names the way out", err)
	}
	first.Close()
	if err := second.Lock(); err != nil {
		t.Errorf("claim after the first was closed: %v", err)
	}
}

func TestTempIsSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	abandoned := filepath.Join(dir, "temp", "abandoned")
	if err := os.MkdirAll(filepath.Join(abandoned, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	first := openTestState(t, dir)
	if wholefile.Exists(abandoned) {
		t.Errorf("%s of a dead process is still there", abandoned)
	}
	if got, want := (settings.Reading{}).ReadWith(first.Temp).Temp, first.Temp; got != want || filepath.Dir(want) != filepath.Join(dir, "temp") {
		t.Errorf("packages are unpacked in %s, want %s below %s", got, want, dir)
	}
	second := openTestState(t, dir)
	if !wholefile.Exists(first.Temp) {
		t.Errorf("%s of a living process was removed", first.Temp)
	}
	second.Close()
	if wholefile.Exists(second.Temp) {
		t.Errorf("%s is still there after close", second.Temp)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, ok := FindEndpoint(dir); ok {
		t.Error("found an endpoint where there is none")
	}
	want := Endpoint{PID: 7, NATS: "nats://127.0.0.1:4222", HTTP: "http://127.0.0.1:8080"}
	if err := want.Publish(dir); err != nil {
		t.Fatal(err)
	}
	if got, ok := FindEndpoint(dir); !ok || got != want {
		t.Errorf("findEndpoint = %v, %v, want %v", got, ok, want)
	}
	RemoveEndpoint(dir)
	if _, ok := FindEndpoint(dir); ok {
		t.Error("found an endpoint that was withdrawn")
	}
}
