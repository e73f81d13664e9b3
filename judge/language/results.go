package language

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// testedFor is how long a self-test that succeeded counts.
const testedFor = 24 * time.Hour

// resultStore remembers self-tests that succeeded, so that a restart need not compile and run a program in every
// language. A file per test is named for all that the test depends on, and holds the version of the toolchain;
// its age is the age of the test.
type resultStore struct {
	dir string // "" remembers nothing
	// host is what all languages depend on: this program, the kernel, the user.
	host []any
}

func newResultStore(dir string) resultStore {
	if dir == "" {
		return resultStore{}
	}
	build, err := buildID()
	if err != nil {
		return resultStore{}
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return resultStore{}
	}
	return resultStore{dir: dir, host: []any{build, unix.ByteSliceToString(u.Release[:]), os.Getuid()}}
}

// buildID is what the linker wrote into this program: it differs where the code differs.
func buildID() (string, error) {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		return "", fmt.Errorf("read own program: %w", err)
	}
	defer f.Close()
	section := f.Section(".note.go.buildid")
	if section == nil {
		return "", errors.New("own program has no build ID")
	}
	id, err := section.Data()
	return string(id), err
}

// path is the file of the test of l with these tools and this cache; "" when it cannot be remembered.
func (s resultStore) path(t *Table, l *Language, tools []tool, prepared string) string {
	if s.dir == "" {
		return ""
	}
	packages, _ := inputFile(packageDatabase) // empty where there is none
	text, err := json.Marshal([]any{s.host, packages, l, t.Env, tools, prepared})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return filepath.Join(s.dir, l.ID+"-"+hex.EncodeToString(sum[:8]))
}

// recall returns the version of a toolchain that was tested lately.
func (s resultStore) recall(path string) (version string, ok bool) {
	if path == "" {
		return "", false
	}
	info, err := os.Stat(path)
	if err != nil || time.Since(info.ModTime()) > testedFor {
		return "", false
	}
	text, err := os.ReadFile(path)
	return string(text), err == nil && len(text) > 0
}

// remember keeps the version of a toolchain whose test succeeded. What cannot be kept is tested again.
func (s resultStore) remember(path, version string) {
	if path == "" || version == "" || os.MkdirAll(s.dir, 0o755) != nil {
		return
	}
	tmp, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return
	}
	_, err = tmp.WriteString(version)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // it is tested again
	}
}

// forget takes back what was remembered.
func (s resultStore) forget(path string) {
	if path != "" {
		_ = os.Remove(path) // most often there is none
	}
}

// prune removes tests that are too old to count.
func (s resultStore) prune() {
	if s.dir == "" {
		return
	}
	_ = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error { // what stays is looked at next time
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil && time.Since(info.ModTime()) > testedFor {
			_ = os.Remove(path)
		}
		return nil
	})
}
