package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/worker/settings"
)

func TestConfigurationIsVisible(t *testing.T) {
	t.Parallel()
	state := settings.State{StateDir: filepath.Join(t.TempDir(), "state")}
	findings := Command{State: state}.checkView("/usr/share/gavel/worker.yaml")
	if len(findings) != 2 || canJudge(findings) || !strings.Contains(findings[0].Detail, "/usr") {
		t.Errorf("doctor says %+v", findings)
	}
}

// TestPackageIsVisible has a link into /usr among the packages of a worker.
func TestPackageIsVisible(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink("/usr/share", filepath.Join(dir, "shown")); err != nil {
		t.Fatal(err)
	}
	findings := Command{State: settings.State{StateDir: t.TempDir()}, Problems: dir}.checkView("")
	if len(findings) != 2 || !canJudge(findings) || findings[1].Status != statusWarning {
		t.Errorf("doctor says %+v", findings)
	}
}
