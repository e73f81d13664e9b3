package faulttest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A step of the host's clock would hit everybody on it, and a time namespace can not step the wall clock; nor can a disk be
// made slow for one process. So the programs are built with a standard library of which two numbers in a file decide: what
// time.Now adds, and how long each write to a file takes longer. Monotonic time and timers go on, as they do when a real
// clock is stepped.

// leversEnv names the file, which every process built so maps into its memory: seconds and milliseconds, 8 bytes each in
// the host's byte order.
const leversEnv = "GAVEL_FAULT_LEVERS"

const leversSource = `package time

import (
	"syscall"
	"unsafe"
)

var levers = mapLevers()

func mapLevers() *[2]int64 {
	name, found := syscall.Getenv("` + leversEnv + `")
	if !found {
		return new([2]int64)
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic("open " + name + ": " + err.Error())
	}
	data, err := syscall.Mmap(fd, 0, 16, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("map " + name + ": " + err.Error())
	}
	syscall.Close(fd)
	return (*[2]int64)(unsafe.Pointer(&data[0]))
}

func FaultyWrite() {
	if ms := levers[1]; ms > 0 {
		Sleep(Duration(ms) * Millisecond)
	}
}
`

// patches are the changes to files of the standard library: what is replaced, and by what.
func patches() map[string][2]string {
	const now = "\tsec, nsec, mono := runtimeNow()\n"
	const writes, syncs = "\tif err := f.checkValid(\"write\"); err != nil {\n", "\tif err := f.checkValid(\"sync\"); err != nil {\n"
	return map[string][2]string{
		"time/time.go":     {now, now + "\tsec += levers[0]\n"},
		"os/file.go":       {writes, "\ttime.FaultyWrite()\n" + writes},
		"os/file_posix.go": {syncs, "\ttime.FaultyWrite()\n" + syncs},
	}
}

// libraryOverlay writes what go build -overlay needs below dir, and returns the file to name there.
func libraryOverlay(dir string) (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find the standard library: %w", err)
	}
	library := filepath.Join(strings.TrimSpace(string(root)), "src")
	written, replace := map[string]string{"levers.go": leversSource}, map[string]string{
		filepath.Join(library, "time", "levers.go"): filepath.Join(dir, "levers.go"),
	}
	for name, change := range patches() {
		source, err := os.ReadFile(filepath.Join(library, name))
		if err != nil {
			return "", err
		}
		patched := strings.ReplaceAll(string(source), change[0], change[1])
		if patched == string(source) {
			return "", fmt.Errorf("%s of the standard library is not as it was: adapt this test", name)
		}
		written[filepath.Base(name)] = patched
		replace[filepath.Join(library, name)] = filepath.Join(dir, filepath.Base(name))
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	written["overlay.json"] = string(list)
	for name, text := range written {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "overlay.json"), nil
}

// levers are the clock and the disk of one process, as far as they differ from the host's.
type levers struct{ file string }

func newLevers(file string) (levers, error) {
	l := levers{file}
	return l, l.set(0, 0)
}

// step sets the clock to so much before or after the host's.
func (l levers) step(by time.Duration) error { return l.set(0, int64(by/time.Second)) }

// slow makes every write to a file, and every sync of one, take so much longer.
func (l levers) slow(by time.Duration) error { return l.set(8, by.Milliseconds()) }

func (l levers) set(at int64, to int64) error {
	f, err := os.OpenFile(l.file, os.O_CREATE|os.O_WRONLY, 0o600) // never truncated to nothing: it is mapped
	if err != nil {
		return err
	}
	if err := f.Truncate(16); err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = f.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(to)), at)
	return errors.Join(err, f.Close())
}
