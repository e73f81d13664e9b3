package faulttest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A step of the host's clock would hit everybody on it, and a time namespace can not step the wall clock. So the programs
// are built with a standard library whose time.Now adds a number of seconds that the test writes into a file. Monotonic
// time and timers go on, as they do when a real clock is stepped.

// clockEnv names the file, 8 bytes in the host's byte order, that every process built so maps into its memory.
const clockEnv = "GAVEL_FAULT_CLOCK"

const clockSource = `package time

import (
	"syscall"
	"unsafe"
)

var steppedSeconds = mapClock()

func mapClock() *int64 {
	name, found := syscall.Getenv("` + clockEnv + `")
	if !found {
		return new(int64)
	}
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic("open " + name + ": " + err.Error())
	}
	data, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("map " + name + ": " + err.Error())
	}
	syscall.Close(fd)
	return (*int64)(unsafe.Pointer(&data[0]))
}
`

// clockOverlay writes what go build -overlay needs below dir, and returns the file to name there.
func clockOverlay(dir string) (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find the standard library: %w", err)
	}
	library := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(library, "time.go"))
	if err != nil {
		return "", err
	}
	const now = "\tsec, nsec, mono := runtimeNow()\n"
	patched := strings.Replace(string(source), now, now+"\tsec += *steppedSeconds\n", 1)
	if patched == string(source) {
		return "", fmt.Errorf("%s/time.go does not read the clock as it did: adapt this test", library)
	}
	overlay := map[string]map[string]string{"Replace": {
		filepath.Join(library, "time.go"):         filepath.Join(dir, "time.go"),
		filepath.Join(library, "steppedclock.go"): filepath.Join(dir, "steppedclock.go"),
	}}
	list, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"time.go": patched, "steppedclock.go": clockSource, "overlay.json": string(list),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "overlay.json"), nil
}

// clock is the wall clock of one process, as far as it differs from the host's.
type clock struct{ file string }

func newClock(file string) (clock, error) {
	c := clock{file}
	return c, c.step(0)
}

// step sets the clock to so much before or after the host's.
func (c clock) step(by time.Duration) error {
	f, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY, 0o600) // never truncated: it is mapped
	if err != nil {
		return err
	}
	err = binary.Write(f, binary.NativeEndian, int64(by/time.Second))
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
