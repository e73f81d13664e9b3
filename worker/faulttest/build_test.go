package faulttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// module is where this module's root lies.
const module = "../.."

// programs are what is run, built anew.
type programs struct{ gavel, nats string }

// buildPrograms makes a worker that can be killed at every step, and the server that go.mod names. With levers their wall
// clocks can be stepped and their disks be slow, for which the whole standard library is built once more.
func buildPrograms(dir string, levers bool) (programs, error) {
	p := programs{gavel: filepath.Join(dir, "gavel"), nats: filepath.Join(dir, "nats-server")}
	var flags []string
	if levers {
		overlay, err := libraryOverlay(dir)
		if err != nil {
			return p, err
		}
		flags = append(flags, "-overlay", overlay)
	}
	for _, args := range [][]string{
		{"-tags", "faults", "-o", p.gavel, "./worker"},
		{"-o", p.nats, "github.com/nats-io/nats-server/v2"},
	} {
		cmd := exec.Command("go", append(append([]string{"build", "-buildvcs=false"}, flags...), args...)...)
		cmd.Dir, cmd.Stderr = module, os.Stderr
		if err := cmd.Run(); err != nil {
			return p, fmt.Errorf("%v: %w", cmd.Args, err)
		}
	}
	return p, nil
}
