package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// pkg is a problem package with a generator.
type pkg struct {
	dir string
}

func (p pkg) source() string { return filepath.Join(p.dir, "generators", "main.go") }
func (p pkg) record() string { return filepath.Join(p.dir, "generators", ".written") }
func (p pkg) secret() string { return filepath.Join(p.dir, "data", "secret") }

// current reports whether the data of p is all there and was made by the generator as it is now.
func (p pkg) current() bool {
	written, err := readRecord(p.record())
	if err != nil {
		return false
	}
	digest, err := p.digest()
	return err == nil && written.source == digest && written.present(p.secret())
}

// digest is the SHA-256 of the generator's source, in hexadecimal.
func (p pkg) digest() (string, error) {
	source, err := os.ReadFile(p.source())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(source)), nil
}

// write runs the generator, moves what it wrote to data/secret, and records it.
func (p pkg) write() error {
	// Beside the final place, so that a rename never crosses file systems.
	fresh, err := os.MkdirTemp(filepath.Join(p.dir, "generators"), ".fresh-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)

	digest, err := p.digest()
	if err != nil {
		return err
	}
	if err := p.run(fresh); err != nil {
		return err
	}
	written := record{source: digest}
	if err := p.move(fresh, &written); err != nil {
		return fmt.Errorf("move the test data of %s into place: %w", p.dir, err)
	}
	return written.save(p.record())
}

// run starts the generator with dir as the place to write to.
func (p pkg) run(dir string) error {
	generator := exec.Command("go", "run", p.source(), dir)
	output, err := generator.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("run the generator of %s: %w (install Go and put it on the PATH)", p.dir, err)
	}
	if err != nil {
		return fmt.Errorf("run the generator of %s: %w\n%s", p.dir, err, output)
	}
	return nil
}

func (p pkg) move(fresh string, written *record) error {
	entries, err := os.ReadDir(fresh)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.secret(), 0o755); err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		written.files = append(written.files, file{name: entry.Name(), size: info.Size()})
		if err := os.Rename(filepath.Join(fresh, entry.Name()), filepath.Join(p.secret(), entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
