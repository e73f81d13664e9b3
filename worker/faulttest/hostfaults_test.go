package faulttest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// hostFaults are the ways in which the host of a worker can fail it.
func hostFaults() []kind {
	return []kind{
		{"no memory for worker", 1, 4, starveWorker},
		{"half a toolchain", 1, 4, breakToolchain},
	}
}

// starveWorker leaves the programs of a worker hardly any memory: the kernel kills what is within its limit.
func starveWorker(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w, d, more := pick(r, s.workers), between(r, 2*time.Second, 6*time.Second), int64(between(r, 1, 16))<<20
	before := map[string][]byte{} // by file; a worker has a tree more while it prepares languages
	for _, file := range w.memoryLimits() {
		limit, err := os.ReadFile(file)
		if err != nil {
			continue // the tree has gone
		}
		used, err := readNumber(filepath.Join(filepath.Dir(file), usageFile[filepath.Base(file)]))
		if err == nil && os.WriteFile(file, fmt.Append(nil, used+more), 0) == nil {
			before[file] = limit
		}
	}
	if len(before) == 0 {
		return fmt.Errorf("%s has no control group with a memory limit", w.name)
	}
	hit(fmt.Sprintf("%s for %.1fs, %d MiB more for all programs", w.name, d.Seconds(), more>>20))
	pause(ctx, d)
	for file, limit := range before {
		if err := os.WriteFile(file, limit, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// usageFile tells, beside the file with the limit of a control group, what is used of it.
var usageFile = map[string]string{"memory.max": "memory.current", "memory.limit_in_bytes": "memory.usage_in_bytes"}

func readNumber(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// memoryLimits are the files with the limits of what all programs of the worker have together.
func (w *worker) memoryLimits() (files []string) {
	for tree := range treesOf(descendants([]*worker{w})) {
		for limit := range usageFile {
			if file := filepath.Join(tree, limit); exists(file) {
				files = append(files, file)
			}
		}
	}
	return files
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// breakToolchain lets a worker's compiler have an assembler that does not work, as in the middle of an upgrade.
func breakToolchain(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	w, d := pick(r, s.workers), between(r, 2*time.Second, 8*time.Second)
	hit(fmt.Sprintf("%s for %.1fs", w.name, d.Seconds()))
	if err := w.toolchain.damage(r.IntN(2) == 0); err != nil {
		return err
	}
	pause(ctx, d)
	return w.toolchain.mend()
}

// toolchain is the directory in which the compiler of one worker looks for its assembler first. Containers see it.
type toolchain struct{ dir string }

// visible is where containers see what is there.
const visible = "/usr/local/lib"

func newToolchain() (toolchain, error) {
	dir, err := os.MkdirTemp(visible, "gavel-faults-")
	if err != nil {
		return toolchain{}, err
	}
	t := toolchain{dir}
	return t, errors.Join(os.Chmod(dir, 0o755), t.mend())
}

func (t toolchain) close() error { return os.RemoveAll(t.dir) }

// languages writes the table of languages for a worker whose C compiler has this assembler.
func (t toolchain) languages(from, to string) error {
	table, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	text := strings.Replace(string(table), "[gcc, -O1, ", "[gcc, -B"+t.dir+"/, -O1, ", 1)
	if text == string(table) {
		return fmt.Errorf("%s does not compile C as expected", from)
	}
	return os.WriteFile(to, []byte(text), 0o600)
}

// mend puts an assembler there that works.
func (t toolchain) mend() error {
	return t.replace("#!/bin/sh\nexec /usr/bin/as \"$@\"\n", 0o755)
}

// damage puts one there that says nothing and fails, or one that cannot be started.
func (t toolchain) damage(silent bool) error {
	if silent {
		return t.replace("#!/bin/sh\nexit 1\n", 0o755)
	}
	return t.replace("#!/no/such/shell\n", 0o755)
}

func (t toolchain) replace(text string, mode os.FileMode) error {
	next := filepath.Join(t.dir, ".new")
	if err := errors.Join(os.WriteFile(next, []byte(text), mode), os.Chmod(next, mode)); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(t.dir, "as"))
}
