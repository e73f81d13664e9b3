// Package wholefile writes files that are there whole or not at all: who reads one while it is replaced gets the old content
// or the new one, and a full disk leaves the old one.
package wholefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write makes the file at path, which everybody may read, of what content writes.
func Write(path string, content func(io.Writer) error) error {
	return write(path, 0o644, content)
}

// WritePrivate is Write for a file that only its owner may read.
func WritePrivate(path string, content func(io.Writer) error) error {
	return write(path, 0o600, content)
}

func write(path string, mode os.FileMode, content func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".gavel-")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	buffered := bufio.NewWriter(f)
	err = content(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// Exists reports whether there is something at path, be it a link to nothing.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
