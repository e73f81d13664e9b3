package language

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Whoever asks for every language gets the package of each.
func TestSetupInstallsEveryLanguage(t *testing.T) {
	cmd := exec.Command("../../configs/setup.sh", "list")
	cmd.Env = append(os.Environ(), "GAVEL_TOOLCHAINS=all")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run setup.sh: %v", err)
	}
	packages := strings.Fields(string(out))
	for _, l := range defaultTable(t).Languages {
		if !slices.Contains(packages, l.Package) {
			t.Errorf("setup.sh does not install %q, which %s needs; it installs %q", l.Package, l.ID, packages)
		}
	}
}
