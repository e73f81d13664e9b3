package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gaveloj/gavel/sandbox/flock"
)

// lockDir makes dir and takes it for this process alone. The lock goes with the file that it returns, and with the
// process: a killed worker leaves none behind.
func lockDir(dir string) (*os.File, error) {
	if dir == "" {
		return nil, errors.New("store directory is not set")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make store directory: %w", err)
	}
	f, err := flock.Create(filepath.Join(dir, "lock"))
	switch {
	case errors.Is(err, flock.ErrHeld):
		return nil, fmt.Errorf("store directory %s is in use by another server: stop that one, connect to it, or choose another directory", dir)
	case err != nil:
		return nil, fmt.Errorf("lock store directory: %w", err)
	}
	return f, nil
}
