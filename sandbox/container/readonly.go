package container

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// setScratchReadOnly makes the writable directories read-only for the program, or writable again. Where the program has
// an id of its own the directories are given to the server, in 1 us each; files that an earlier run made there stay
// writable, so a reset must come before. With Config.SharedID the mounts are made read-only.
func (s *containerServer) setScratchReadOnly(on bool) error {
	if s.scratchReadOnly == on {
		return nil
	}
	for i := range s.writable {
		w := &s.writable[i]
		var err error
		switch {
		case !w.owned:
		case s.SharedID:
			err = w.remount(on)
		case on:
			err = w.chown(0, 0)
		default:
			err = w.chown(w.uid, w.gid)
		}
		if err != nil {
			return fmt.Errorf("make %s read-only: %w", w.path, err)
		}
	}
	s.scratchReadOnly = on
	return nil
}

// makeWritable undoes setRootReadOnly and setScratchReadOnly, for a write of the server itself.
func (s *containerServer) makeWritable() error {
	if err := s.setRootReadOnly(false); err != nil {
		return err
	}
	return s.setScratchReadOnly(false)
}

// chown changes the owner of the directory, and restores the mode that a program may have changed.
func (w *writableDir) chown(uid, gid int) error {
	if err := unix.Fchown(w.fd, uid, gid); err != nil {
		return os.NewSyscallError("fchown", err)
	}
	return os.NewSyscallError("fchmod", unix.Fchmod(w.fd, w.mode))
}

// remount makes the mount read-only or writable.
func (w *writableDir) remount(readOnly bool) error {
	attr := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if readOnly {
		attr = unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	}
	return os.NewSyscallError("mount_setattr", unix.MountSetattr(w.fd, "", unix.AT_EMPTY_PATH, &attr))
}
