package serve

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
)

func TestPrivateConfigurationOfWorker(t *testing.T) {
	t.Parallel()
	state := settings.State{StateDir: filepath.Join(t.TempDir(), "state")}
	err := Command{State: state}.refuseExposed("/usr/share/gavel/worker.yaml")
	if exit.CodeOf(err) != exit.BadRequest || !strings.HasPrefix(err.Error(), "--config: every submission can read /usr/share/gavel/worker.yaml") {
		t.Errorf("serve with --config in /usr = %v", err)
	}
}
