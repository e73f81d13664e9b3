package forkexec

import (
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newStarter(t testing.TB) *Starter {
	t.Helper()
	s, err := NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts p with its standard output in a pipe, and returns what it printed and its exit code.
func run(t testing.TB, s *Starter, p Params) (string, int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	p.Files = []int{int(null.Fd()), int(w.Fd()), int(w.Fd())}
	proc, err := s.Start(&p)
	w.Close()
	if err != nil {
		t.Fatalf("Start(%v) = %v", p.Args, err)
	}
	var out strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		out.Write(buf[:n])
		if err != nil {
			break
		}
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(proc.Pid, &status, 0, nil); err != nil {
		t.Fatal(err)
	}
	return out.String(), status.ExitStatus()
}

func TestStart(t *testing.T) {
	tests := []struct {
		name string
		p    Params
		want string
		code int
	}{
		{
			"arguments and environment",
			Params{Path: "/bin/sh", Args: []string{"sh", "-c", `echo "$0 $1 $NAME"; exit 3`, "a b", "c"}, Env: []string{"NAME=value"}},
			"a b c value\n", 3,
		},
		{"directory", Params{Path: "/bin/pwd", Args: []string{"pwd"}, Dir: "/usr"}, "/usr\n", 0},
		{
			"resource limit",
			Params{
				Path: "/bin/sh", Args: []string{"sh", "-c", "ulimit -n"},
				RLimits: []RLimit{{Resource: syscall.RLIMIT_NOFILE, Soft: 77, Hard: 77}},
			},
			"77\n", 0,
		},
		{
			"only the given descriptors are open",
			Params{Path: "/bin/sh", Args: []string{"sh", "-c", "for i in 0 1 2 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/$$/fd/$i ] && echo $i; done; :"}},
			"0\n1\n2\n", 0,
		},
		{
			"no signal is blocked or ignored",
			Params{Path: "/bin/grep", Args: []string{"grep", "-E", "^Sig(Blk|Ign)|^NoNewPrivs", "/proc/self/status"}},
			"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nNoNewPrivs:\t1\n", 0,
		},
	}
	DefaultSignals() // whoever started the tests may have ignored some
	s := newStarter(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, code := run(t, s, tt.p)
			if diff := cmp.Diff(tt.want, out); diff != "" || code != tt.code {
				t.Errorf("exit code %d, want %d; output (-want +got):\n%s", code, tt.code, diff)
			}
		})
	}
}

func TestStartByDescriptor(t *testing.T) {
	f, err := os.Open("/bin/echo")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, _ := run(t, newStarter(t), Params{ExecFD: int(f.Fd()), Args: []string{"echo", "hello"}})
	if out != "hello\n" {
		t.Errorf("output %q, want hello", out)
	}
}

// TestDescriptorShuffle asks for an order in which each target is another's source.
func TestDescriptorShuffle(t *testing.T) {
	s := newStarter(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// The parent's own 0, 1, 2 become 2, 0, 1, and the pipe, whose number is low too, becomes 3.
	proc, err := s.Start(&Params{
		Path: "/bin/sh", Args: []string{"sh", "-c", "echo moved >&3"},
		Files: []int{2, 0, 1, int(w.Fd())},
	})
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	n, _ := r.Read(buf)
	if _, err := syscall.Wait4(proc.Pid, nil, 0, nil); err != nil {
		t.Fatal(err)
	}
	if got := string(buf[:n]); got != "moved\n" {
		t.Errorf("descriptor 3 got %q, want moved", got)
	}
}

func TestStartErrors(t *testing.T) {
	text, err := os.CreateTemp(t.TempDir(), "text")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := text.WriteString("not a program"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(text.Name(), 0o755); err != nil {
		t.Fatal(err)
	}
	text.Close()
	tests := []struct {
		name string
		p    Params
		step Step
		want syscall.Errno
	}{
		{"missing program", Params{Path: "/no/such/program", Args: []string{"x"}}, StepExec, syscall.ENOENT},
		{"not executable", Params{Path: "/etc/passwd", Args: []string{"x"}}, StepExec, syscall.EACCES},
		{"not a program", Params{Path: text.Name(), Args: []string{"x"}}, StepExec, syscall.ENOEXEC},
		{"missing directory", Params{Path: "/bin/true", Args: []string{"true"}, Dir: "/no/such"}, StepDirectory, syscall.ENOENT},
		{"closed descriptor", Params{Path: "/bin/true", Args: []string{"true"}, Files: []int{999}}, StepDescriptors, syscall.EBADF},
		{
			"no such limit",
			Params{Path: "/bin/true", Args: []string{"true"}, RLimits: []RLimit{{Resource: 99}}},
			StepRLimit, syscall.EINVAL,
		},
		{"broken filter", Params{Path: "/bin/true", Args: []string{"true"}, Filter: make([]byte, 8)}, StepSeccomp, syscall.EINVAL},
		{"not a tasks file", Params{Path: "/bin/true", Args: []string{"true"}, Enter: []int{999}}, StepCgroup, syscall.EBADF},
	}
	s := newStarter(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := s.Start(&tt.p)
			var step *StepError
			if !errors.As(err, &step) || step.Step != tt.step || step.Errno != tt.want {
				t.Errorf("Start = %v, want %v: %v", err, tt.step, tt.want)
			}
			if _, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
				t.Errorf("a child is left after %q: wait4 = %v", tt.name, err)
			}
		})
	}
}

func TestStartRefusesWhatDoesNotFit(t *testing.T) {
	s := newStarter(t)
	long := strings.Repeat("x", 300<<10)
	if _, err := s.Start(&Params{Path: "/bin/true", Args: []string{long, long, long, long}}); !errors.Is(err, syscall.E2BIG) {
		t.Errorf("Start with 1.2 MB of arguments = %v, want E2BIG", err)
	}
	if _, err := s.Start(&Params{Path: "/bin/true", Args: []string{"a\x00b"}}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("Start with a NUL byte = %v, want EINVAL", err)
	}
}

func TestDefaultSignals(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP) })
	DefaultSignals()
	out, _ := run(t, newStarter(t), Params{Path: "/bin/grep", Args: []string{"grep", "^SigIgn", "/proc/self/status"}})
	if want := "SigIgn:\t0000000000000000\n"; out != want {
		t.Errorf("a program starts with %q, want %q", out, want)
	}
}
