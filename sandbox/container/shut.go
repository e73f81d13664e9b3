package container

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// shutScratch takes from the program the right to write to the writable directories, or gives it back. Under an
// id of its own it loses them to the server, for 1 us each; what it made there in an earlier run stays its own, so
// a reset has to lie between. Under the server's id the mounts become read-only.
func (s *containerServer) shutScratch(shut bool) error {
	if s.shut == shut {
		return nil
	}
	for i := range s.writable {
		w := &s.writable[i]
		var err error
		switch {
		case s.SharedID:
			err = w.remount(shut)
		case shut:
			err = w.give(0, 0)
		default:
			err = w.give(w.uid, w.gid)
		}
		if err != nil {
			return fmt.Errorf("shut %s: %w", w.path, err)
		}
	}
	s.shut = shut
	return nil
}

// unseal makes everything writable again, for the server.
func (s *containerServer) unseal() error {
	if err := s.sealRoot(false); err != nil {
		return err
	}
	return s.shutScratch(false)
}

// give makes the directory that of another user, with the mode of a new one: its owner may have changed that.
func (w *wipeDir) give(uid, gid int) error {
	if err := unix.Fchown(w.fd, uid, gid); err != nil {
		return os.NewSyscallError("fchown", err)
	}
	return os.NewSyscallError("fchmod", unix.Fchmod(w.fd, w.mode))
}

// remount makes the mount read-only or writable.
func (w *wipeDir) remount(readOnly bool) error {
	attr := unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if readOnly {
		attr = unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	}
	return os.NewSyscallError("mount_setattr", unix.MountSetattr(w.fd, "", unix.AT_EMPTY_PATH, &attr))
}
