package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/worker/exit"
)

// onTerminalMain is a program for scripts: onterminal COLUMNS PROGRAM ARG... runs a program whose standard output and error are
// terminals, one each, and passes on what it wrote to them, and its exit code.
func onTerminalMain() {
	code, err := onTerminal(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "onterminal:", err)
		code = exit.Fault
	}
	os.Exit(code)
}

func onTerminal(columns string, command []string) (code int, err error) {
	width, err := strconv.ParseUint(columns, 10, 16)
	if err != nil {
		return 0, err
	}
	c := exec.Command(command[0], command[1:]...)
	var group errgroup.Group
	for _, way := range []struct {
		inner *io.Writer
		outer io.Writer
	}{{&c.Stdout, os.Stdout}, {&c.Stderr, os.Stderr}} {
		master, slave, err := openTerminal(uint16(width))
		if err != nil {
			return 0, err
		}
		defer master.Close()
		defer slave.Close()
		*way.inner = slave
		group.Go(func() error { return passOn(way.outer, master) })
	}
	err = c.Start()
	// Reading ends with the last who has the terminal open.
	for _, slave := range []io.Writer{c.Stdout, c.Stderr} {
		err = errors.Join(err, slave.(*os.File).Close())
	}
	if err != nil {
		return 0, err
	}
	err = errors.Join(group.Wait(), c.Wait())
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		return ended.ExitCode(), nil
	}
	return 0, err
}

// passOn copies what was written to a terminal, with the line ends that the program wrote.
func passOn(to io.Writer, master *os.File) error {
	text, err := io.ReadAll(master)
	if err != nil && !errors.Is(err, unix.EIO) { // how the end is told
		return err
	}
	_, err = to.Write(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	return err
}

// openTerminal makes a terminal, see pty(7).
func openTerminal(columns uint16) (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = master.Close() // of no use
		}
	}()
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, os.NewSyscallError("ioctl TIOCSPTLCK", err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, os.NewSyscallError("ioctl TIOCGPTN", err)
	}
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: columns}); err != nil {
		return nil, nil, os.NewSyscallError("ioctl TIOCSWINSZ", err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	return master, slave, err
}
