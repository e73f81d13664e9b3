package judging

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// SelfTest tells whether this host can still judge: a container is there, a command in it does what it must and is
// measured, and the state directory takes files.
func (b *Runtime) SelfTest(ctx context.Context) error {
	f, err := os.CreateTemp(b.cfg.State.Temp, "self-test-")
	if err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // swept at the next start otherwise
	if _, err := f.WriteString("self-test"); err != nil {
		_ = f.Close() // it could not be written
		return fmt.Errorf("write temporary file: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	box, err := b.Containers.Lease(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && b.Containers.Stats().Leased == b.Containers.Slots():
		return nil // all of them are at work, which says as much
	case err != nil:
		return fmt.Errorf("lease a container: %w", err)
	}
	defer b.Containers.Release(box)
	return testCommand(ctx, box)
}

func testCommand(ctx context.Context, box *sandbox.Sandbox) error {
	const text = "self-test"
	result, err := box.Run(ctx, sandbox.Command{
		Args:   []string{"/bin/sh", "-c", "echo " + text},
		Limits: sandbox.Limits{CPU: 5 * time.Second, Wall: 30 * time.Second, Memory: 64 * sandbox.MiB, Output: sandbox.KiB, Pids: 16},
	})
	switch {
	case err != nil:
		return fmt.Errorf("run a command: %w", err)
	case result.Outcome != sandbox.OutcomeExited || result.ExitCode != 0 || strings.TrimSpace(string(result.Stdout)) != text:
		return fmt.Errorf("a command that prints %q ended as %v, exit code %d, with %d bytes of output",
			text, result.Outcome, result.ExitCode, len(result.Stdout))
	case result.CPU <= 0 || result.PeakMemory <= 0:
		return fmt.Errorf("a command that ran is said to have used %v of CPU time and %d bytes", result.CPU, result.PeakMemory)
	}
	return nil
}
