package state

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/worker/wholefile"
)

// accepted reports whether what dials the worker of dir reaches listener.
func accepted(t *testing.T, listener net.Listener, dir string) {
	t.Helper()
	conn, err := DialControl(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Close() // nothing was said
}

func TestControl(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40)) // the path of a socket must be shorter
	s := openTestState(t, dir)
	_, err := DialControl(t.Context(), dir)
	if want := "no worker of this host uses " + dir; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("DialControl without a worker = %v, want %s...", err, want)
	}
	if err := s.Lock(); err != nil {
		t.Fatal(err)
	}
	_, err = DialControl(t.Context(), dir)
	if want := "the worker of " + dir + " is starting or stopping: try again in a moment"; err == nil || err.Error() != want {
		t.Errorf("DialControl while a worker starts = %v, want %s", err, want)
	}
	killed, err := s.ListenControl()
	if err != nil {
		t.Fatal(err)
	}
	accepted(t, killed, dir)
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, controlName)
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket of a killed worker: %v, %v, want one with mode 0600", info, err)
	}
	next, err := s.ListenControl()
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	accepted(t, next, dir)
	s.RemoveControl()
	if wholefile.Exists(socket) {
		t.Errorf("%s is still there after it was removed", socket)
	}
}
