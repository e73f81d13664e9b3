package faulttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// disk is a small file system of its own.
type disk struct{ dir string }

func newDisk(dir string, mebibytes int) (disk, error) {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return disk{}, err
	}
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=711", mebibytes))
	return disk{dir}, os.NewSyscallError("mount", err)
}

func (d disk) close() error { return os.NewSyscallError("unmount", unix.Unmount(d.dir, 0)) }

func (d disk) filler() string { return filepath.Join(d.dir, "filler") }

// fill leaves no byte free.
func (d disk) fill() error {
	f, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(block)
	}
	if errors.Is(err, unix.ENOSPC) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

func (d disk) free() error { return os.Remove(d.filler()) }
