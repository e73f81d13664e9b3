package container

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// every command with what makes it succeed where the state allows it.
func commandsFor(s state) map[cmdType]*cmd {
	all := map[cmdType]*cmd{
		cmdPing:   {Cmd: cmdPing},
		cmdConf:   {Cmd: cmdConf, ConfCmd: &confCmd{Conf: testConfig()}},
		cmdOpen:   {Cmd: cmdOpen, OpenCmd: []OpenCmd{{Path: "/usr/missing"}}},
		cmdDelete: {Cmd: cmdDelete, DeleteCmd: &deleteCmd{Path: "/w/x"}},
		cmdReset:  {Cmd: cmdReset},
		cmdExecve: {Cmd: cmdExecve, ExecCmd: &execCmd{Exec: Exec{Args: []string{"/bin/true"}}}},
	}
	if s != stateInit {
		return all
	}
	delete(all, cmdConf) // it would leave the state; see TestConfigureTwice
	return all
}

// into brings a new container into a state.
func into(t *testing.T, s state) *Client {
	c := start(t)
	if s == stateInit {
		return c
	}
	if err := c.Configure(t.Context(), testConfig(), nil, false); err != nil {
		t.Fatal(err)
	}
	if s == stateRunning {
		begin(t, c, &Exec{Args: []string{"/bin/sleep", "1000"}})
	}
	return c
}

func TestStates(t *testing.T) {
	allowed := map[state][]cmdType{
		stateInit:    {cmdPing},
		stateReady:   {cmdPing, cmdOpen, cmdReset},
		stateRunning: {cmdPing},
	}
	for s, names := range allowed {
		t.Run(s.String(), func(t *testing.T) {
			c := into(t, s)
			for name, m := range commandsFor(s) {
				if s == stateReady && (name == cmdExecve || name == cmdDelete) {
					continue // allowed, and tested below
				}
				_, err := c.exchange(t.Context(), m, nil, patience)
				want := fmt.Sprintf("%s: not allowed in state %s", name, s)
				switch ok := slices.Contains(names, name); {
				case ok && err != nil:
					t.Errorf("%s in state %s: %v, want success", name, s, err)
				case !ok && (err == nil || err.Error() != want):
					t.Errorf("%s in state %s: %v, want %q", name, s, err, want)
				}
			}
			alive(t, c)
		})
	}
}

// A kill has no reply of its own in any state: the next reply must be that of the next command.
func TestKillWhereNothingRuns(t *testing.T) {
	for _, s := range []state{stateInit, stateReady} {
		t.Run(s.String(), func(t *testing.T) {
			c := into(t, s)
			for range 3 {
				if err := c.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			alive(t, c)
			if _, err := c.exchange(t.Context(), &cmd{Cmd: cmdPing}, nil, patience); err != nil {
				t.Errorf("ping after kill: %v", err)
			}
		})
	}
}

func TestConfigureTwice(t *testing.T) {
	c := ready(t)
	err := c.Configure(t.Context(), testConfig(), nil, false)
	if err == nil || !strings.Contains(err.Error(), "conf: not allowed in state ready") {
		t.Errorf("second Configure() = %v, want a refusal that names command and state", err)
	}
	alive(t, c)
}

func TestRunningGoesBackToReady(t *testing.T) {
	c := into(t, stateRunning)
	if err := c.Execve(&Exec{Args: []string{"/bin/true"}}); err != nil {
		t.Fatal(err)
	}
	_, _, err := next(c)
	var refused *ExecError
	if !errors.As(err, &refused) || err.Error() != "execve: not allowed in state running" {
		t.Errorf("second execve: %v, want *ExecError that names command and state", err)
	}
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if f := end(t, c); !f.Status.Signaled() {
		t.Errorf("status after kill = %#x, want a signal", uint32(f.Status))
	}
	if got := mustSh(t, c, "echo $0"); got != "/bin/sh\n" {
		t.Errorf("sh printed %q", got)
	}
	if err := c.Reset(t.Context()); err != nil {
		t.Errorf("Reset() = %v", err)
	}
}

func TestCallsAfterClose(t *testing.T) {
	c := ready(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	var lost *LostError
	if err := c.Ping(t.Context()); !errors.As(err, &lost) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("Ping() after Close = %v, want *LostError with os.ErrClosed", err)
	}
	if err := c.Execve(&Exec{Args: []string{"x"}}); !errors.As(err, &lost) {
		t.Errorf("Execve() after Close = %v, want *LostError", err)
	}
}
