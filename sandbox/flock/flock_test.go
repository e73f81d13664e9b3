package flock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gaveloj/gavel/sandbox/flock"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := flock.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := first.Stat(); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file has mode %v, %v, want 0600", info.Mode(), err)
	}
	if second, err := flock.Create(path); !errors.Is(err, flock.ErrHeld) || second != nil {
		t.Errorf("Create of what is held = %v, %v, want ErrHeld", second, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := flock.Create(path)
	if err != nil {
		t.Fatalf("Create of what was closed = %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := flock.Create(filepath.Join(path, "below")); err == nil || errors.Is(err, flock.ErrHeld) {
		t.Errorf("Create below a file = %v, want why not", err)
	}
}

func TestLockOfDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var files [2]*os.File
	for i := range files {
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	if err := flock.Lock(files[0]); err != nil {
		t.Fatal(err)
	}
	if err := flock.Lock(files[1]); !errors.Is(err, flock.ErrHeld) {
		t.Errorf("Lock of what is held = %v, want ErrHeld", err)
	}
	closed := files[1]
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := flock.Lock(closed); err == nil || errors.Is(err, flock.ErrHeld) {
		t.Errorf("Lock of a closed file = %v, want why not", err)
	}
}
