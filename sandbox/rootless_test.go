package sandbox_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// ordinaryEnv makes TestAsOrdinaryUser play its part: the flags of a situation.
const ordinaryEnv = "GAVEL_SANDBOX_TEST_ORDINARY"

// situation is what the host gives to an ordinary user.
type situation struct{ subIDs, delegated bool }

func (s situation) String() string { return fmt.Sprintf("%t %t", s.subIDs, s.delegated) }

// TestRootless runs TestAsOrdinaryUser as a user without any privilege.
func TestRootless(t *testing.T) {
	require(t)
	subIDs := sandboxtest.Program("newuidmap")
	for _, test := range []struct {
		name  string
		gives situation
		needs []sandboxtest.Need
	}{
		{"nothing", situation{}, nil},
		{"sub-ids", situation{subIDs: true}, []sandboxtest.Need{subIDs}},
		{"delegated group", situation{delegated: true}, []sandboxtest.Need{sandboxtest.Delegable}},
		{"both", situation{subIDs: true, delegated: true}, []sandboxtest.Need{sandboxtest.Delegable, subIDs}},
	} {
		t.Run(test.name, func(t *testing.T) {
			sandboxtest.Optional(t, append(test.needs, sandboxtest.Program("unshare"), sandboxtest.Program("setpriv"))...)
			user := sandboxtest.NewOrdinary(t, test.gives.subIDs)
			user.Delegated = test.gives.delegated
			cmd := user.Command(t, []string{ordinaryEnv + "=" + test.gives.String(), programsEnv + "=" + os.Getenv(programsEnv)},
				user.Binary(t), "-test.run=^TestAsOrdinaryUser$", "-test.v")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestAsOrdinaryUser") {
				t.Errorf("as an ordinary user: %v\n%s", err, out)
			}
		})
	}
}

// TestAsOrdinaryUser is the part of TestRootless that runs without privileges.
func TestAsOrdinaryUser(t *testing.T) {
	var gives situation
	if _, err := fmt.Sscan(os.Getenv(ordinaryEnv), &gives.subIDs, &gives.delegated); err != nil {
		t.Skip("a part of TestRootless")
	}
	sandboxtest.NoLeaks(t)
	for name, test := range map[string]func(t *testing.T, box *sandbox.Sandbox){
		"attempts":      func(t *testing.T, box *sandbox.Sandbox) { ordinaryAttempts(t, box, !gives.subIDs) },
		"limits":        func(t *testing.T, box *sandbox.Sandbox) { ordinaryLimits(t, box, gives.delegated) },
		"files":         ordinaryFiles,
		"reset":         ordinaryReset,
		"bill":          ordinaryBill,
		"written":       ordinaryWritten,
		"nameless":      ordinaryNameless,
		"from the host": filesFromTheHost,
	} {
		t.Run(name, func(t *testing.T) { test(t, newOrdinaryBox(t, gives)) })
	}
}

func newOrdinaryBox(t *testing.T, gives situation) *sandbox.Sandbox {
	t.Helper()
	p, err := pool.New(t.Context(), pool.Config{Slots: 1, Mounts: []pool.Mount{programs()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close() of the pool = %v", err)
		}
	})
	var lacks []string
	for _, s := range p.Shortcomings() {
		lacks = append(lacks, s.What)
	}
	if slices.Contains(lacks, "control group") == gives.delegated || slices.Contains(lacks, "sub-ids") == gives.subIDs {
		t.Errorf("Shortcomings() are of %q, want what the host does not give: %+v", lacks, gives)
	}
	box, err := p.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// harmless are attempts that succeed under a shared id and change nothing: a signal that pid 1 never sees, and
// becoming what the program is already.
var harmless = []string{
	"kill pid 1", "stop pid 1", "interrupt pid 1", "kill pid 1 by pidfd", "become uid 0", "become gid 0", "give a file to root",
}

func ordinaryAttempts(t *testing.T, box *sandbox.Sandbox, shared bool) {
	for line := range strings.Lines(output(t, box, program("attempt"))) {
		name, answer, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case strings.Contains(refusals, " "+answer+" "):
		case answer == "ENOENT" && strings.HasSuffix(name, "of pid 1"):
		case answer == "EINVAL" && strings.HasPrefix(name, "become uid 1001"): // there is no such id
		case shared && slices.Contains(harmless, name):
		default:
			t.Errorf("attempt to %s: %s, want a refusal", name, answer)
		}
	}
	// Every signal to every thread that could be the server's.
	res := run(t, box, sandbox.Command{Args: script(`for p in $(seq 1 60); do for s in $(seq 1 64); do
		[ $p = $$ ] || kill -$s $p; done; done 2>/dev/null; echo survived`)})
	if !strings.Contains(string(res.Stdout), "survived") {
		t.Errorf("signals to all others: %s", describe(res))
	}
	reset(t, box)
	usable(t, box)
}

func ordinaryLimits(t *testing.T, box *sandbox.Sandbox, delegated bool) {
	for _, test := range []struct {
		name   string
		args   []string
		limits sandbox.Limits
		want   sandbox.KillCause
	}{
		{"CPU", program("burn"), sandbox.Limits{CPU: 200 * time.Millisecond}, sandbox.KillCPU},
		{"CPU of orphans", program("orphan_burner"), sandbox.Limits{CPU: 200 * time.Millisecond}, sandbox.KillCPU},
		{"CPU of children that nobody waits for", program("unreaped"), sandbox.Limits{CPU: 300 * time.Millisecond}, sandbox.KillCPU},
		{"wall", []string{"sleep", "1000"}, sandbox.Limits{Wall: 200 * time.Millisecond}, sandbox.KillWall},
		{"memory", script("a=x; while :; do a=$a$a; done"), sandbox.Limits{Memory: 32 * sandbox.MiB}, sandbox.KillMemory},
		{"files", script("while :; do cat /usr/bin/*; done > /dev/shm/f 2> /dev/null"), sandbox.Limits{Memory: 32 * sandbox.MiB}, sandbox.KillMemory},
		{"output", script("while :; do echo more; done"), sandbox.Limits{Output: sandbox.KiB}, sandbox.KillOutput},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := generous()
			limits.CPU = cmpOr(test.limits.CPU, limits.CPU)
			limits.Wall = cmpOr(test.limits.Wall, limits.Wall)
			limits.Memory = cmpOr(test.limits.Memory, limits.Memory)
			limits.Output = cmpOr(test.limits.Output, limits.Output)
			res := run(t, box, sandbox.Command{Args: test.args, Limits: limits})
			if res.Approximate == delegated {
				t.Errorf("Approximate is %v, and it is %v that there is a control group", res.Approximate, delegated)
			}
			switch {
			case test.want != sandbox.KillMemory:
				wantEnding(t, res, killed(test.want))
			case delegated: // the kernel did it
				if res.OOMKills == 0 || res.KilledBy != sandbox.KillNone || res.PeakMemory > limits.Memory+sandbox.MiB {
					t.Errorf("over the memory limit: %s", describe(res))
				}
			default:
				wantEnding(t, res, killed(test.want))
				if res.PeakMemory <= limits.Memory || res.OOMKills != 1 {
					t.Errorf("over the memory limit: %s", describe(res))
				}
			}
			reset(t, box)
		})
	}
	limits := generous()
	limits.Pids = 8
	limits.Wall = time.Second
	res := run(t, box, sandbox.Command{Args: script("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 100 & done; wait"), Limits: limits})
	if !strings.Contains(string(res.Stderr), "fork") {
		t.Errorf("more processes than allowed: %s", describe(res))
	}
	reset(t, box)
	usable(t, box)
}

// cmpOr is the first that is not zero.
func cmpOr[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

// What a program gets to read stays as it is, though it may belong to the user whom the program runs as.
func ordinaryFiles(t *testing.T, box *sandbox.Sandbox) {
	dir := t.TempDir()
	input, binary := filepath.Join(dir, "input"), filepath.Join(dir, "binary")
	data, err := os.ReadFile(filepath.Join(os.Getenv(programsEnv), "rewrite"))
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]fs.FileInfo{}
	for path, data := range map[string][]byte{input: []byte("test data\n"), binary: data} {
		if err := os.WriteFile(path, data, 0o755); err != nil {
			t.Fatal(err)
		}
		if before[path], err = os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
	cmd := sandbox.Command{Args: []string{"rewrite"}, Stdin: open(t, input), Executable: open(t, binary), Limits: generous()}
	res := run(t, box, cmd)
	for line := range strings.Lines(string(res.Stdout)) {
		if strings.Contains(line, "done") {
			t.Errorf("program could %s", line)
		}
	}
	if strings.Count(string(res.Stdout), "\n") != 6 {
		t.Errorf("rewriting its files: %s", describe(res))
	}
	for path, was := range before {
		now, err := os.Stat(path)
		if err != nil || now.Mode() != was.Mode() || !now.ModTime().Equal(was.ModTime()) || now.Size() != was.Size() {
			t.Errorf("%s is %v, was %v (%v)", path, now, was, err)
		}
	}
	if got, err := os.ReadFile(input); err != nil || string(got) != "test data\n" {
		t.Errorf("input is %q, %v", got, err)
	}
}

// An input has no name here either.
func ordinaryNameless(t *testing.T, box *sandbox.Sandbox) {
	path := filepath.Join(t.TempDir(), "secret-07.in")
	if err := os.WriteFile(path, []byte("7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	input, err := sandbox.OpenNameless(path)
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	res := run(t, box, sandbox.Command{Args: script("readlink /proc/self/fd/0 | grep -c secret; cat"), Stdin: input, Limits: generous()})
	if got, want := string(res.Stdout), "0\n7\n"; got != want {
		t.Errorf("program found %q, want %q", got, want)
	}
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func ordinaryReset(t *testing.T, box *sandbox.Sandbox) {
	output(t, box, script("cd /w; mkdir -m 0 a; for d in /w /tmp /dev/shm; do echo x > $d/note; chmod 0 $d; done; (sleep 1000 &) ; true"))
	reset(t, box)
	if got := output(t, box, script("ls -A /w /tmp /dev/shm | grep -v :; ls -ld /w; touch /w/a /tmp/a /dev/shm/a; ls -d /proc/[0-9]* | wc -l")); strings.Contains(got, "note") || !strings.HasPrefix(strings.TrimSpace(got), "drwxr-xr-x") {
		t.Errorf("after the reset: %q", got)
	}
}

// What was used is told closely enough.
func ordinaryBill(t *testing.T, box *sandbox.Sandbox) {
	res := run(t, box, sandbox.Command{Args: script("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done & wait")})
	wantEnding(t, res, exited(0))
	if res.CPU < 20*time.Millisecond || res.CPU > res.Wall+50*time.Millisecond {
		t.Errorf("CPU time of a child: %s", describe(res))
	}
	res = run(t, box, sandbox.Command{Args: script(`a=xxxxxxxx; while [ ${#a} -lt 40000000 ]; do a=$a$a; done; sleep 0.1; echo ${#a}`)})
	wantEnding(t, res, exited(0))
	if res.PeakMemory < 40*sandbox.MiB {
		t.Errorf("memory of 40 MB: %s", describe(res))
	}
}

// Files count and can be forbidden without control groups too.
func ordinaryWritten(t *testing.T, box *sandbox.Sandbox) {
	shut(t, box)
	res := run(t, box, sandbox.Command{Args: script("printf yyy > f; printf x"), Limits: counted(sandbox.MiB)})
	wantEnding(t, res, exited(0))
	if res.FileBytes != 3 || res.OutputBytes != 4 {
		t.Errorf("FileBytes = %d, OutputBytes = %d, want 3 and 4", res.FileBytes, res.OutputBytes)
	}
	res = run(t, box, sandbox.Command{Args: script("while :; do cat /bin/sh; done > g; sleep 1000"), Limits: counted(sandbox.MiB)})
	if res.KilledBy != sandbox.KillOutput {
		t.Errorf("more files than the limit: %s", describe(res))
	}
}
