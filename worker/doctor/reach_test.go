package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/settings"
)

func TestDescribeDisk(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		disk         unix.Statfs_t
		space, files status
	}{
		"roomy":     {unix.Statfs_t{Bsize: 4096, Bavail: 1 << 20, Files: 1 << 20, Ffree: 1 << 19}, statusOK, statusOK},
		"full":      {unix.Statfs_t{Bsize: 4096, Files: 1 << 20, Ffree: 1 << 19}, statusWarning, statusOK},
		"no inodes": {unix.Statfs_t{Bsize: 4096, Bavail: 1 << 20, Files: 1 << 20, Ffree: 9}, statusOK, statusWarning},
		"uncounted": {unix.Statfs_t{Bsize: 4096, Bavail: 1 << 20}, statusOK, statusOK},
	} {
		found := describeDisk(c.disk)
		space, files := findingOf(t, found, "disk"), findingOf(t, found, "inodes")
		if space.Status != c.space || files.Status != c.files {
			t.Errorf("%s: %+v, want %s and %s", name, found, c.space, c.files)
		}
	}
}

func TestCheckNATS(t *testing.T) {
	t.Parallel()
	if found := checkNATS(t.Context(), connect.Settings{}); len(found) != 0 {
		t.Errorf("without --nats-url: %+v, want nothing", found)
	}
	away := connect.Settings{URL: "nats://ada:secret@127.0.0.1:1", Wait: settings.Span(50 * time.Millisecond)}
	got := findingOf(t, checkNATS(t.Context(), away), "NATS")
	if got.Status != statusFailure || !strings.Contains(got.Detail, "127.0.0.1:1") || strings.Contains(got.Detail, "secret") {
		t.Errorf("a server that is not there: %+v, want a failure that names it and no password", got)
	}
	embedded, err := embedded.Start(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	there := connect.Settings{URL: settings.ServerURL(embedded.URL())}
	if got := findingOf(t, checkNATS(t.Context(), there), "NATS"); got.Status != statusWarning || !strings.Contains(got.Detail, "by everybody") {
		t.Errorf("a server without users: %+v, want a warning", got)
	}
	there.User, there.PasswordFile = "ada", filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(there.PasswordFile, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := findingOf(t, checkNATS(t.Context(), there), "NATS"); got.Status != statusOK {
		t.Errorf("a server that is there: %+v, want ok", got)
	}
	if err := embedded.Stop(); err != nil {
		t.Error(err)
	}
}

func TestCheckSeccompFilters(t *testing.T) {
	t.Parallel()
	const file = "/proc/sys/kernel/seccomp/actions_avail"
	for content, want := range map[string]status{"kill_process errno": statusOK, "kill_thread errno": statusFailure} {
		if got := checkSeccompFilters(filesOf(map[string]string{file: content}), "2.5.4"); got.Status != want {
			t.Errorf("actions %q: %+v, want %s", content, got, want)
		}
	}
	if got := checkSeccompFilters(filesOf(nil), "2.5.4"); got.Status != statusFailure || got.Remedy == "" {
		t.Errorf("a kernel without: %+v, want a failure", got)
	}
	if got := checkSeccompFilters(closedFiles{}, "2.5.4"); got.Status != statusWarning {
		t.Errorf("a file that cannot be read: %+v, want a warning", got)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	got := summary([]finding{{Status: statusOK}, {Status: statusOK}, {Status: statusWarning}, {Status: statusFailure}})
	if want := "4 checks: 2 ok, 1 to look at, 1 to mend first"; got != want {
		t.Errorf("summary = %q, want %q", got, want)
	}
}
