package container

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Rootless says how a container of an ordinary user gets its ids. Its root is that user. With a program id, made
// over to the user in /etc/subuid and /etc/subgid, programs run under an id of their own; newuidmap and
// newgidmap (package uidmap) map it. Without one (both 0) there is a single id, and Config.SharedID must be set.
type Rootless struct {
	ProgramUID, ProgramGID uint32 // of the host
	// InsideUID and InsideGID are what they are called in the container: those of Config.Credential.
	InsideUID, InsideGID uint32
}

func (r Rootless) shared() bool { return r.ProgramUID == 0 }

// untilMapped is the argument of a container server that has to wait for its ids. It was executed before they
// were mapped, so that it is nobody and holds no capability; executing itself once more as the root that it
// then is gives it all of them.
const untilMapped = "until-mapped"

// mappedFD is the descriptor on which a byte comes in when the ids are mapped.
const mappedFD = 4

func (c *Client) startRootless(o StartOptions, files []*os.File) (err error) {
	r := o.Rootless
	if r.shared() {
		c.process, err = os.StartProcess("/proc/self/exe", []string{serverName}, &os.ProcAttr{
			Dir: "/", Env: serverEnv[:], Files: files, Sys: o.inGroup(&syscall.SysProcAttr{
				Cloneflags:  serverNamespaces,
				UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
				Setsid:      true,
			}),
		})
		return err
	}
	ready, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	defer tell.Close()
	defer ready.Close()
	c.process, err = os.StartProcess("/proc/self/exe", []string{serverName, untilMapped}, &os.ProcAttr{
		Dir: "/", Env: serverEnv[:], Files: append(files, ready),
		Sys: o.inGroup(&syscall.SysProcAttr{Cloneflags: serverNamespaces, Setsid: true}),
	})
	if err != nil {
		return err
	}
	if err := r.mapIDs(c.process.Pid); err != nil {
		return err
	}
	_, err = tell.Write([]byte{1})
	return err
}

// mapIDs maps the ids of a process that waits for them.
func (r Rootless) mapIDs(pid int) error {
	if err := mapID("newuidmap", pid, os.Geteuid(), r.InsideUID, r.ProgramUID); err != nil {
		return err
	}
	return mapID("newgidmap", pid, os.Getegid(), r.InsideGID, r.ProgramGID)
}

func mapID(helper string, pid, own int, inside, outside uint32) error {
	args := []string{strconv.Itoa(pid), "0", strconv.Itoa(own), "1", fmt.Sprint(inside), fmt.Sprint(outside), "1"}
	out, err := exec.Command(helper, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", helper, err, bytes.TrimSpace(out))
	}
	return nil
}

// serveWhenMapped becomes a container server as soon as the client has mapped the ids.
func serveWhenMapped() {
	var b [1]byte
	n, err := unix.Read(mappedFD, b[:])
	for errors.Is(err, unix.EINTR) {
		n, err = unix.Read(mappedFD, b[:])
	}
	if n != 1 {
		os.Exit(0) // the client has given up
	}
	_ = unix.Close(mappedFD) // read side
	die("execute the container server again", unix.Exec("/proc/self/exe", []string{serverName}, serverEnv[:]))
}
