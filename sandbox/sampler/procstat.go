package sampler

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// procStat is what /proc reports about one process.
type procStat struct {
	startTime       uint64        // in clock ticks after boot; distinguishes processes that had the same pid
	cpu             time.Duration // its own
	waited          time.Duration // of the children that it has waited for
	private, shared int64         // bytes in memory: anonymous with page tables, and shared
	tables          int64         // bytes of page tables alone
}

// growth is the CPU time that the process has used since the sample old.
func (p procStat) growth(old procStat) time.Duration {
	if p.startTime != old.startTime {
		return p.cpu
	}
	return max(p.cpu-old.cpu, 0)
}

var errShort = errors.New("shorter than the kernel writes it")

// readProcess reads the state of one process.
func (w *Sampler) readProcess(pid int) (p procStat, err error) {
	dir := strconv.Itoa(pid)
	stat, err := w.read(dir + "/stat")
	if err == nil {
		err = p.times(stat)
	}
	if err != nil {
		return p, fmt.Errorf("read process %d: %w", pid, err)
	}
	// Exact, but of the first thread alone. A kernel without it leaves ticks.
	if text, err := w.read(dir + "/schedstat"); err == nil {
		if fields := bytes.Fields(text); len(fields) > 0 {
			p.cpu = max(p.cpu, time.Duration(number(fields[0])))
		}
	}
	if text, err := w.read(dir + "/status"); err == nil {
		p.tables = sizeOf(text, "\nVmPTE:")
		p.private = sizeOf(text, "\nRssAnon:") + p.tables
		p.shared = sizeOf(text, "\nRssShmem:")
	}
	return p, nil
}

// times reads /proc/pid/stat (man 5 proc_pid_stat). The name of the program, which may hold anything, ends with
// the last parenthesis; what follows it are the fields from the third on.
func (p *procStat) times(stat []byte) error {
	const utime, stime, cutime, cstime, starttime = 14 - 3, 15 - 3, 16 - 3, 17 - 3, 22 - 3
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= starttime {
		return errShort
	}
	p.cpu = time.Duration(number(fields[utime])+number(fields[stime])) * tick
	p.waited = time.Duration(number(fields[cutime])+number(fields[cstime])) * tick
	p.startTime = uint64(number(fields[starttime]))
	return nil
}

// proportional is the memory in bytes of one process with each shared page divided among those who share it.
func (w *Sampler) proportional(pid int) (anon, shmem int64) {
	text, err := w.read(strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0, 0 // it has just ended
	}
	return sizeOf(text, "\nPss_Anon:"), sizeOf(text, "\nPss_Shmem:")
}

// read reads a small file of /proc. What it returns is valid until the next read.
func (w *Sampler) read(name string) ([]byte, error) {
	fd, err := unix.Openat(int(w.proc.Fd()), name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/proc/" + name, Err: err}
	}
	n, err := unix.Read(fd, w.buf)
	_ = unix.Close(fd) // read side
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: "/proc/" + name, Err: err}
	}
	return w.buf[:n], nil
}

// sizeOf is the bytes of a line such as "VmPTE:      44 kB".
func sizeOf(text []byte, label string) int64 {
	_, rest, found := bytes.Cut(text, []byte(label))
	if !found {
		return 0
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	fields := bytes.Fields(line)
	if len(fields) == 0 {
		return 0
	}
	return number(fields[0]) << 10
}

// number parses a decimal number; anything else is 0.
func number(text []byte) int64 {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
