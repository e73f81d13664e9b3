package testinputs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// readInput opens an input as a run does, and reads all of it.
func readInput(t *testing.T, known *Inputs, path string) string {
	t.Helper()
	f, err := known.Open(path)
	if err != nil {
		t.Fatalf("open(%s) = %v", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func newInputs(t *testing.T) (known *Inputs, path string) {
	t.Helper()
	known, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return known, filepath.Join(t.TempDir(), "1.in")
}

func TestTestInputsFollowTheFile(t *testing.T) {
	t.Parallel()
	known, path := newInputs(t)
	large := strings.Repeat("x", int(maxOpenInput)+1)
	for _, content := range []string{"3 4\n", "5 6\n", "", large, "7\n"} { // the first two are of one size
		if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil { // as packages are replaced
			t.Fatal(err)
		}
		for range 2 {
			if got := readInput(t, known, path); got != content {
				t.Errorf("the input is %.20q, want %.20q", got, content)
			}
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := known.Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open() of a file that is gone = %v, want %v", err, fs.ErrNotExist)
	}
	if err := known.Close(); err != nil {
		t.Errorf("close() = %v", err)
	}
}

// What one program does to its input, no other one sees.
func TestTestInputsOfRunsAreApart(t *testing.T) {
	t.Parallel()
	known, path := newInputs(t)
	if err := os.WriteFile(path, []byte("3 4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := known.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Seek(2, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if f, err := os.OpenFile(fmt.Sprint("/proc/self/fd/", first.Fd()), os.O_RDWR, 0); err == nil {
		if _, err := f.Write([]byte("9")); err == nil {
			t.Error("an input could be written to")
		}
		_ = f.Close() // nothing is in it
	}
	if got := readInput(t, known, path); got != "3 4\n" {
		t.Errorf("the second run's input is %q", got)
	}
	if err := errors.Join(known.Close(), first.Close()); err != nil {
		t.Errorf("close() = %v", err)
	}
}

// More inputs than stay open, from several goroutines.
func TestTestInputsAreBounded(t *testing.T) {
	t.Parallel()
	known, path := newInputs(t)
	var files []string
	for i := range maxOpenInputs + 50 {
		name := filepath.Join(filepath.Dir(path), "in"+strings.Repeat("i", i%200)+strings.Repeat("j", i/200))
		if err := os.WriteFile(name, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for _, name := range files {
				f, err := known.Open(name)
				if err != nil {
					t.Errorf("open() = %v", err)
					return
				}
				if data, err := io.ReadAll(f); string(data) != name || err != nil {
					t.Errorf("the input of %s is %q, %v", name, data, err)
				}
				_ = f.Close() // read only
			}
		})
	}
	group.Wait()
	if n := known.kept.Len(); n > maxOpenInputs || n == 0 {
		t.Errorf("%d inputs stay open, want 1 to %d", n, maxOpenInputs)
	}
	if err := known.Close(); err != nil {
		t.Errorf("close() = %v", err)
	}
	if n := known.kept.Len(); n != 0 {
		t.Errorf("after close %d inputs are open", n)
	}
}
