package serve

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/gaveloj/gavel/worker/exit"
)

// SIGHUP has two meanings. To a process that was started from a terminal it says that the terminal is gone: the kernel and some
// shells send it, and a worker that went on would be one that nobody sees. To a service it says, by convention, that its
// configuration is to be read anew. A process with a controlling terminal is of the first kind, and one without, which a service
// manager, a container or setsid has started, is of the second; nobody but people can mean it there. nohup asks for neither, and
// gavel reload works with every worker.

// Signals are those that stop a worker.
func Signals() []os.Signal {
	if hangupReloads() {
		return []os.Signal{os.Interrupt, syscall.SIGTERM}
	}
	return exit.Signals()
}

// hangupReloads reports whether SIGHUP asks for the configuration to be read anew. It is asked before the terminal may have gone.
func hangupReloads() bool { return !signal.Ignored(syscall.SIGHUP) && !hasTerminal() }

// hasTerminal reports whether the process has a controlling terminal, which tty(4) calls /dev/tty.
func hasTerminal() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	_ = tty.Close() // nothing was written
	return true
}

// hangups receives each SIGHUP that asks for a reload, until the stop function is called. Several that come together are one.
func hangups() (received <-chan os.Signal, stop func()) {
	signals := make(chan os.Signal, 1)
	if hangupReloads() {
		signal.Notify(signals, syscall.SIGHUP)
	}
	return signals, func() { signal.Stop(signals) }
}
