package language

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// toyCompiler compiles toy: a line "# lib NAME" needs the file NAME in what is prepared.
const toyCompiler = `#!/bin/sh
[ "$1" = --version ] && { echo toy VERSION; exit; }
for lib in $(sed -n 's/^# lib //p' "$2"); do
	[ -e "$1/$lib" ] || { echo "no library $lib"; exit 1; }
done
! grep -q '^# error' "$2"
`

// toyLanguage is an entry of a table; it is followed by prepare, if there is any.
const toyLanguage = `
  - id: ID
    name: Toy
    package: toy-tools
    sources: [.ID]
    claims: [.ID]
    entry: {kind: file}
    version: [toyc, --version]
    compile:
      steps: [[toyc, "{prepared}", "{files}"]]
      limits: &limits {cpu: 10s, wall: 60s, memory: 256MiB, output: 1MiB, pids: 64, file_size: 1MiB}
      log_cap: 64KiB
      keep: sources
      artifact_cap: 1MiB
    run: {args: [sh, "{entry}"], pids: 64}
    hello: {file: hello.ID, source: "read w; echo hello $w"}
`

// toys is a worker with toy languages whose compiler a test can change.
type toys struct {
	bin   string // directory of the compiler, seen by the containers
	table *Table
	state string
}

func newToys(t *testing.T, languages ...string) *toys {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	w := &toys{bin: openDir(t), state: openDir(t)}
	w.compiler(t, "1", toyCompiler)
	w.table = w.parse(t, languages...)
	return w
}

// openDir is a directory that containers can walk to.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "gavel-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (w *toys) parse(t *testing.T, languages ...string) *Table {
	t.Helper()
	text := fmt.Sprintf("version: 1\nenv: ['PATH=%s:/usr/bin:/bin', HOME=/w, TMPDIR=/w]\nlanguages:\n", w.bin) + strings.Join(languages, "")
	table, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// compiler installs a compiler of that version.
func (w *toys) compiler(t *testing.T, version, text string) {
	t.Helper()
	next := filepath.Join(w.bin, ".new")
	if err := os.WriteFile(next, []byte(strings.ReplaceAll(text, "VERSION", version)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(w.bin, "toyc")); err != nil {
		t.Fatal(err)
	}
}

// mounts show a directory to containers under its own name.
func (w *toys) mounts() []pool.Mount { return []pool.Mount{{Source: w.bin, Target: w.bin}} }

func (w *toys) open(t *testing.T) (*Toolchains, *pool.Pool) {
	t.Helper()
	return open(t, Config{Table: w.table, StateDir: w.state}, w.mounts()...)
}

// background makes the containers of Run.
func (w *toys) background(toolchains *Toolchains) func(context.Context) (*pool.Pool, error) {
	return func(ctx context.Context) (*pool.Pool, error) {
		return pool.New(ctx, pool.Config{Slots: 1, Mounts: append(toolchains.Mounts(), w.mounts()...)})
	}
}

func toy(id string) string { return strings.ReplaceAll(toyLanguage, "ID", id) }

func prepared(rule string) string { return "    prepare: {limits: *limits, " + rule + "}\n" }

// whole makes the library all, first the library some.
const (
	whole = `steps: [[sh, -c, "mkdir {output} && touch {output}/some {output}/all"]]`
	first = `first: [[sh, -c, "mkdir {output} && touch {output}/some"]], ` + whole
)

// look makes the next use of a toolchain look at its files.
func look(toolchains *Toolchains) {
	toolchains.mu.Lock()
	defer toolchains.mu.Unlock()
	for _, c := range toolchains.all {
		c.checked = time.Time{}
	}
}

func (w *toys) compile(t *testing.T, toolchains *Toolchains, p *pool.Pool, l *Language, source string) (*Compilation, error) {
	t.Helper()
	u, err := NewUnit(l, []sandbox.File{{Path: "a." + l.ID, Data: []byte(source)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	lease := leaseFrom(p)
	return toolchains.Compile(t.Context(), p, func(do func(*sandbox.Sandbox) error) error { return lease(t.Context(), do) }, u, Limits{})
}

func TestToolchainThatChangesIsPreparedAnew(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(whole))
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	ready := func(version, reason string) {
		t.Helper()
		look(toolchains)
		err := toolchains.Ready(t.Context(), p, l)
		var missing *MissingError
		if (err == nil) != (reason == "") || err != nil && !errors.As(err, &missing) {
			t.Fatalf("Ready() = %v, want a MissingError for %q", err, reason)
		}
		s := toolchains.Status(l)
		if reason == "" && s.Version != version || !strings.Contains(s.Reason, reason) || (s.Remedy == "") != (reason == "") {
			t.Fatalf("status %+v, want version %q, reason %q", s, version, reason)
		}
	}
	ready("toy 1", "")
	before := toolchains.all[0].cache.dir
	w.compiler(t, "2.0", toyCompiler)
	ready("toy 2.0", "")
	if after := toolchains.all[0].cache.dir; after == before {
		t.Errorf("the cache %s of the old toolchain is used with the new one", after)
	}
	w.compiler(t, "3", "#!/bin/sh\necho toy.h: No such file >&2\nexit 1\n")
	ready("", "could not be prepared: run toyc --version")
	if _, err := toolchains.Choose("toy", nil); err == nil {
		t.Error("a broken toolchain can be chosen")
	}
	if err := os.Remove(filepath.Join(w.bin, "toyc")); err != nil {
		t.Fatal(err)
	}
	ready("", "toyc not found in "+w.bin+":/usr/bin:/bin; install the Debian package toy-tools")
	w.compiler(t, "4", toyCompiler)
	ready("toy 4", "")
	if l, err := toolchains.Choose("toy", nil); err != nil {
		t.Errorf("Choose() = %v, %v after the toolchain was mended", l, err)
	}
}

// A compiler that is replaced while it compiles gives no verdict.
func TestToolchainThatChangesWhileItCompiles(t *testing.T) {
	w := newToys(t, toy("toy"))
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	w.compiler(t, "5.0", toyCompiler)
	if c, err := w.compile(t, toolchains, p, l, "# lib none\n"); !errors.Is(err, ErrChanged) {
		t.Fatalf("Compile() = %+v, %v, want ErrChanged", c, err)
	}
	if err := toolchains.Ready(t.Context(), p, l); err != nil || toolchains.Status(l).Version != "toy 5.0" {
		t.Errorf("Ready() = %v, status %+v", err, toolchains.Status(l))
	}
	if c, err := w.compile(t, toolchains, p, l, "# lib none\n"); err != nil || c.Failure != verdict.ReasonCompiler {
		t.Errorf("Compile() = %+v, %v, want a compile error", c, err)
	}
}

// What fails with the part of a cache that was made first is compiled again with all of it; what does not, does not wait.
func TestCompilationDoesNotDependOnTheCache(t *testing.T) {
	w := newToys(t, toy("toy"))
	for _, test := range []struct {
		rule     string
		source   string
		failure  verdict.Reason
		complete bool // the whole cache had to be made
	}{
		{first, "# lib some\n", "", false},
		{first, "# lib all\n", "", true},
		{first, "# lib other\n", verdict.ReasonCompiler, true},
		{first, "# error\n", verdict.ReasonCompiler, true},
		{"missing: no library, " + first, "# lib all\n", "", true},
		{"missing: no library, " + first, "# lib other\n", verdict.ReasonCompiler, true},
		{"missing: no library, " + first, "# error\n", verdict.ReasonCompiler, false},
	} {
		w.table = w.parse(t, toy("toy")+prepared(test.rule))
		w.state = openDir(t)
		toolchains, p := w.open(t)
		l := w.table.Languages[0]
		for range 2 {
			if err := toolchains.Ready(t.Context(), p, l); err != nil {
				t.Fatal(err)
			}
			c, err := w.compile(t, toolchains, p, l, test.source)
			if err != nil || c.Failure != test.failure {
				t.Fatalf("%s: Compile(%q) = %+v, %v, want failure %q", test.rule, test.source, c, err, test.failure)
			}
			if complete := toolchains.all[0].cache.complete; complete != test.complete {
				t.Errorf("%s: Compile(%q): the whole cache is there: %v, want %v", test.rule, test.source, complete, test.complete)
			}
		}
	}
}

// What goes over a limit for want of a cache is compiled again with it; where there is none to be had, the limit holds.
func TestCompileLimitDoesNotDependOnTheCache(t *testing.T) {
	const slow = toyCompiler + `grep -q '^# slow' "$2" && until [ -e "$1/all" ]; do :; done; true` + "\n"
	for rule, want := range map[string]verdict.Reason{
		whole: "", `steps: [[sh, -c, "exit 3"]]`: verdict.ReasonCompileLimit,
	} {
		t.Run(string(want), func(t *testing.T) {
			w := newToys(t, toy("toy")+prepared("optional: true, "+rule))
			w.compiler(t, "1", slow)
			toolchains, p := w.open(t)
			l := w.table.Languages[0]
			l.Compile.Limits.CPU = 500 * time.Millisecond
			if err := toolchains.Ready(t.Context(), p, l); err != nil {
				t.Fatal(err)
			}
			if c, err := w.compile(t, toolchains, p, l, "# slow\n"); err != nil || c.Failure != want {
				t.Errorf("Compile() = %+v, %v, want failure %q", c, err, want)
			}
		})
	}
}

// The rest of a cache that cannot be made is the worker's fault, and no compile error.
func TestRestOfCacheThatCannotBeMade(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(strings.ReplaceAll(first, "touch {output}/some {output}/all", "false")))
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	if c, err := w.compile(t, toolchains, p, l, "# lib all\n"); err == nil {
		t.Fatalf("Compile() = %+v", c)
	}
	var missing *MissingError
	if err := toolchains.Ready(t.Context(), p, l); !errors.As(err, &missing) {
		t.Errorf("Ready() = %v, want that the language is missing here", err)
	}
}

// A cache that somebody removed is made again, and costs no submission its verdict.
func TestCacheThatIsRemoved(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(whole))
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(toolchains.caches, toolchains.all[0].cache.dir)); err != nil {
		t.Fatal(err)
	}
	if c, err := w.compile(t, toolchains, p, l, "# lib all\n"); !errors.Is(err, ErrChanged) {
		t.Fatalf("Compile() = %+v, %v, want ErrChanged", c, err)
	}
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	if c, err := w.compile(t, toolchains, p, l, "# lib all\n"); err != nil || c.Failure != "" {
		t.Errorf("Compile() = %+v, %v", c, err)
	}
}

// Every toolchain that is there and does not work is told by one sentence, and how to mend it.
func TestBrokenToolchains(t *testing.T) {
	hello := func(text string) string { return strings.ReplaceAll(toy("toy"), "read w; echo hello $w", text) }
	for name, test := range map[string]struct {
		language, reason, remedy string
	}{
		"no compiler":        {strings.ReplaceAll(toy("toy"), "[toyc, --version]", "[toyc-of-old, --version]"), "toyc-of-old not found", "configs/setup.sh names the packages"},
		"no library":         {hello("# lib all"), "compile hello program: compiler: no library all", "apt-get install --reinstall toy-tools"},
		"prints nothing":     {hello(":"), `hello program printed "", want "hello gavel"`, "apt-get install --reinstall toy-tools"},
		"crashes":            {hello("kill -SEGV $$"), "ended by signal 11", "apt-get install --reinstall toy-tools"},
		"cannot be prepared": {toy("toy") + prepared(`steps: [[sh, -c, "echo no core >&2; exit 3"]]`), "could not be prepared: run sh: exit code 3: no core", "apt-get install --reinstall toy-tools"},
		"prepares nothing":   {toy("toy") + prepared(`steps: [["true"]]`), "could not be prepared", "apt-get install --reinstall toy-tools"},
		"too large":          {toy("toy") + prepared(`steps: [[sh, -c, "head -c 2000000 /dev/zero > {output}"]]`), "could not be prepared: run sh", "apt-get install --reinstall toy-tools"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newToys(t, test.language)
			toolchains, p := w.open(t)
			err := toolchains.Ready(t.Context(), p, w.table.Languages[0])
			var missing *MissingError
			if !errors.As(err, &missing) {
				t.Fatalf("Ready() = %v, want a MissingError", err)
			}
			s := toolchains.Statuses()[0]
			if !strings.Contains(s.Reason, test.reason) || !strings.Contains(s.Remedy, test.remedy) || strings.Contains(s.Reason, "\n") {
				t.Errorf("reason %q, remedy %q, want %q and %q", s.Reason, s.Remedy, test.reason, test.remedy)
			}
		})
	}
}

// A g++ without its library is there, and compiles nothing.
func TestCompilerWithoutLibrary(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	table := defaultTable(t)
	requireLanguage(t, table, "cpp11")
	l, _ := table.Lookup("cpp11")
	l.Compile.Steps[0] = slices.Insert(l.Compile.Steps[0], 1, "-nostdinc++")
	toolchains, p := open(t, Config{Table: table, StateDir: openDir(t)})
	if err := toolchains.Ready(t.Context(), p, l); err == nil {
		t.Fatal("it is ready")
	}
	s := toolchains.Status(l)
	if !strings.Contains(s.Reason, "iostream: No such file") || !strings.Contains(s.Remedy, "apt-get install --reinstall g++") {
		t.Errorf("reason %q, remedy %q", s.Reason, s.Remedy)
	}
}

// An optional cache that cannot be made is a flaw, and no more.
func TestOptionalCacheThatCannotBeMade(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(`optional: true, steps: [[sh, -c, "echo no core >&2; exit 3"]]`))
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	if err := toolchains.complete(t.Context(), leaseFrom(p), toolchains.all[0]); err == nil {
		t.Fatal("the cache was made")
	}
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Errorf("Ready() = %v", err)
	}
	if s := toolchains.Status(l); !strings.Contains(s.Warning, "no core; compiling takes longer") || s.Remedy == "" {
		t.Errorf("status %+v", s)
	}
	if toolchains.incomplete(func(*toolchain) bool { return true }) != nil {
		t.Error("it is tried again at once")
	}
}

// What fails is tried again after a rest that grows, without a restart.
func TestFailedLanguageIsTriedAgain(t *testing.T) {
	w := newToys(t, strings.ReplaceAll(toy("toy"), "read w; echo hello $w", ":"))
	toolchains, p := w.open(t)
	c := toolchains.all[0]
	b := background{Toolchains: toolchains, ahead: EveryLanguage}
	var rests []time.Duration
	for range 3 {
		if next := b.nextToTry(); next != c {
			t.Fatalf("nextToTry() = %v", next)
		}
		before := time.Now()
		if err := toolchains.Ready(t.Context(), p, c.language); err == nil {
			t.Fatal("it is ready")
		}
		if next := b.nextToTry(); next != nil {
			t.Error("it is tried again at once")
		}
		rests = append(rests, c.retry.Sub(before).Truncate(firstRetry))
		c.retry = time.Now()
	}
	if diff := cmp.Diff([]time.Duration{firstRetry, 2 * firstRetry, 4 * firstRetry}, rests); diff != "" {
		t.Errorf("rests, want -, got +:\n%s", diff)
	}
}

// Run comes to the usual languages first, and to those last that take long; then it completes what works without.
func TestRunPreparesEveryLanguage(t *testing.T) {
	w := newToys(t,
		toy("long")+prepared(whole), strings.ReplaceAll(toy("unclaimed"), "claims: [.unclaimed]", "claims: []"),
		toy("usual")+prepared("optional: true, "+whole), strings.ReplaceAll(toy("absent"), "[toyc, --version]", "[nothing, --version]"))
	var order []string
	done := make(chan struct{})
	var toolchains *Toolchains
	toolchains, _ = open(t, Config{Table: w.table, StateDir: w.state, Changed: func(s Status) {
		if s.State == StateReady { // again, when the cache is complete
			order = append(order, s.ID)
		}
		if len(order) == 4 {
			close(done)
		}
	}}, w.mounts()...)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := toolchains.Run(ctx, EveryLanguage, w.background(toolchains)); err != nil {
			t.Errorf("Run() = %v", err)
		}
	})
	<-done
	cancel()
	running.Wait()
	if diff := cmp.Diff([]string{"usual", "unclaimed", "long", "usual"}, order); diff != "" {
		t.Errorf("order, want -, got +:\n%s", diff)
	}
	if s := toolchains.Statuses()[3]; !s.Missing || s.State != StateFailed {
		t.Errorf("status of what is not installed: %+v", s)
	}
}

// What is prepared in the background gives way to everything else; what a submission waits for does not.
func TestBackgroundHasTheLowestPriority(t *testing.T) {
	nice := prepared(`steps: [[sh, -c, "mkdir {output} && nice > {output}/nice"]]`)
	for want, ahead := range map[string]bool{"19": true, "0": false} {
		t.Run(want, func(t *testing.T) {
			w := newToys(t, toy("toy")+nice)
			toolchains, p := w.open(t)
			if ahead {
				b := &background{Toolchains: toolchains, ahead: EveryLanguage, newPool: w.background(toolchains)}
				defer b.close()
				b.work(t.Context())
			} else if err := toolchains.Ready(t.Context(), p, w.table.Languages[0]); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(toolchains.caches, toolchains.all[0].cache.dir, "nice"))
			if strings.TrimSpace(string(got)) != want || err != nil {
				t.Errorf("priority: %q, %v, want %s", got, err, want)
			}
		})
	}
}

// What a submission begins to wait for is not slowed down any more, with all that was started for it.
func TestBackgroundHurriesForWhoeverWaits(t *testing.T) {
	slow := prepared(`steps: [[sh, -c, "while [ $(nice) != 0 ]; do sleep 0.01; done; mkdir {output}; touch {output}/done"]]`)
	w := newToys(t, toy("toy")+slow)
	preparing := make(chan struct{}, 1)
	toolchains, p := open(t, Config{Table: w.table, StateDir: w.state, Changed: func(s Status) {
		if s.State == StatePreparing {
			preparing <- struct{}{}
		}
	}}, w.mounts()...)
	b := &background{Toolchains: toolchains, ahead: EveryLanguage, newPool: w.background(toolchains)}
	defer b.close()
	var work sync.WaitGroup
	work.Go(func() { b.work(t.Context()) })
	<-preparing
	if err := toolchains.Ready(t.Context(), p, w.table.Languages[0]); err != nil {
		t.Errorf("Ready() = %v", err)
	}
	work.Wait()
}

// A submission that fails for want of the rest of a cache, while the rest is made in the background, hurries that.
func TestBackgroundHurriesForWhoeverNeedsTheRest(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(`first: [[sh, -c, "mkdir {output}; touch {output}/some"]], `+
		`steps: [[sh, -c, "while [ $(nice) != 0 ]; do sleep 0.01; done; mkdir {output}; touch {output}/all"]]`))
	toolchains, p := w.open(t)
	l := w.table.Languages[0]
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	b := &background{Toolchains: toolchains, ahead: EveryLanguage, newPool: w.background(toolchains)}
	defer b.close()
	var work sync.WaitGroup
	work.Go(func() { b.work(t.Context()) })
	for completing := false; !completing; time.Sleep(time.Millisecond) {
		toolchains.mu.Lock()
		completing = toolchains.all[0].completing != nil
		toolchains.mu.Unlock()
	}
	if c, err := w.compile(t, toolchains, p, l, "# lib all\n"); err != nil || c.Failure != "" {
		t.Errorf("Compile() = %+v, %v", c, err)
	}
	work.Wait()
}

// A language that the table prefers is chosen where it works, the configuration lets it, and nobody named the other one.
func TestPreferredLanguage(t *testing.T) {
	better := func(version string) string {
		text := strings.NewReplacer("sources: [.ID]", "sources: [.plain]", "claims: [.ID]", "preferred_to: plain", "hello.ID", "hello.plain",
			"[toyc, --version]", version).Replace(toyLanguage)
		return strings.ReplaceAll(text, "ID", "better")
	}
	files := []sandbox.File{{Path: "a.plain"}}
	for _, test := range []struct {
		name                  string
		version               string
		prefer                bool
		byFiles, byID, bySame string // with no name, with plain, with plain from a package
		missed                string
	}{
		{"installed", "[toyc, --version]", true, "better", "plain", "better", ""},
		{"not wanted", "[toyc, --version]", false, "plain", "plain", "plain", ""},
		{"not installed", "[nothing, --version]", true, "plain", "plain", "plain", "better"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newToys(t, toy("plain"), better(test.version))
			toolchains, _ := open(t, Config{Table: w.table, StateDir: w.state, Prefer: test.prefer}, w.mounts()...)
			for _, choice := range []struct {
				choose     func(string, []sandbox.File) (*Language, error)
				name, want string
			}{
				{toolchains.Choose, "", test.byFiles},
				{toolchains.Choose, "plain", test.byID},
				{toolchains.ChooseForPackage, "plain", test.bySame},
				{toolchains.ChooseForPackage, "", test.bySame},
			} {
				if l, err := choice.choose(choice.name, files); err != nil || l.ID != choice.want {
					t.Errorf("%q gives %+v, %v, want %s", choice.name, l, err, choice.want)
				}
			}
			missed := ""
			if l := toolchains.Missed("plain"); l != nil {
				missed = l.ID
			}
			if missed != test.missed {
				t.Errorf("Missed() = %q, want %q", missed, test.missed)
			}
		})
	}
}

// Many who need a language at once have it prepared once, and a toolchain that changes meanwhile confuses nobody.
func TestLanguageNeededByMany(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(first))
	var mu sync.Mutex
	tries := 0
	toolchains, p := open(t, Config{Table: w.table, StateDir: w.state, Changed: func(s Status) {
		mu.Lock()
		defer mu.Unlock()
		if s.State == StatePreparing {
			tries++
		}
	}}, w.mounts()...)
	l := w.table.Languages[0]
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := toolchains.Ready(t.Context(), p, l); err != nil {
				t.Errorf("Ready() = %v", err)
			}
		})
	}
	all.Wait()
	if tries != 1 {
		t.Errorf("it was tried %d times", tries)
	}
	for i := range 8 {
		all.Go(func() {
			c, err := w.compile(t, toolchains, p, l, "# lib all\n")
			for errors.Is(err, ErrChanged) {
				if err := toolchains.Ready(t.Context(), p, l); err != nil {
					t.Errorf("Ready() = %v", err)
				}
				c, err = w.compile(t, toolchains, p, l, "# lib all\n")
			}
			if err != nil || c.Failure != "" {
				t.Errorf("Compile() = %+v, %v", c, err)
			}
		})
		if i == 3 {
			w.compiler(t, "another", toyCompiler)
		}
		_, _ = toolchains.Statuses(), toolchains.Status(l)
	}
	all.Wait()
}

// A caller who goes leaves the work to those who still wait.
func TestWhoeverWaitsGoesOn(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(`steps: [[sh, -c, "until [ -e /prepared/go-ahead ]; do sleep 0.02; done; mkdir {output}; touch {output}/all"]]`))
	preparing := make(chan struct{}, 8)
	toolchains, p := open(t, Config{Table: w.table, StateDir: w.state, Changed: func(s Status) {
		if s.State == StatePreparing {
			preparing <- struct{}{}
		}
	}}, w.mounts()...)
	l := w.table.Languages[0]
	ctx, cancel := context.WithCancel(t.Context())
	impatient, patient := make(chan error, 1), make(chan error, 1)
	go func() { impatient <- toolchains.Ready(ctx, p, l) }()
	<-preparing
	go func() { patient <- toolchains.Ready(t.Context(), p, l) }()
	cancel()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("Ready() = %v of who went", err)
	}
	if err := os.WriteFile(filepath.Join(w.state, "prepared", "go-ahead"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := <-patient; err != nil {
		t.Errorf("Ready() = %v of who waited", err)
	}
}

// A worker that stops while it prepares a language has no news of it: its toolchain has not changed.
func TestStoppedWhilePreparing(t *testing.T) {
	w := newToys(t, toy("toy")+prepared(`steps: [[sh, -c, "until [ -e /prepared/go-ahead ]; do sleep 0.02; done; mkdir {output}; touch {output}/all"]]`))
	preparing := make(chan struct{}, 8)
	var told []State // by one goroutine at a time: each waits for the end of what it has begun
	toolchains, p := open(t, Config{Table: w.table, StateDir: w.state, Changed: func(s Status) {
		told = append(told, s.State)
		if s.State == StatePreparing {
			preparing <- struct{}{}
		}
	}}, w.mounts()...)
	l := w.table.Languages[0]
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- toolchains.Ready(ctx, p, l) }()
	<-preparing
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Ready() = %v when it was stopped", err)
	}
	if s := toolchains.Status(l); s.State != StatePending {
		t.Errorf("state %s after that, want %s", s.State, StatePending)
	}
	if err := os.WriteFile(filepath.Join(w.state, "prepared", "go-ahead"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := toolchains.Ready(t.Context(), p, l); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]State{StatePreparing, StatePreparing, StateReady}, told); diff != "" {
		t.Errorf("told, want -, got +:\n%s", diff)
	}
}

// helperState has the test binary prepare a language and be killed.
const helperState = "GAVEL_TEST_PREPARE_STATE"

// A worker that is killed while it prepares leaves nothing that the next one stumbles over.
func TestKilledWhilePreparing(t *testing.T) {
	blocked := toy("toy") + prepared(`steps: [[sh, -c, "mkdir {output}; touch {output}/all; until [ -e /prepared/go-ahead ]; do sleep 0.02; done"]]`)
	if state := os.Getenv(helperState); state != "" {
		w := &toys{bin: os.Getenv("GAVEL_TEST_PREPARE_BIN"), state: state}
		w.table = w.parse(t, blocked)
		toolchains, p := open(t, Config{Table: w.table, StateDir: state, Changed: func(s Status) { fmt.Println("STATE", s.State) }}, w.mounts()...)
		_ = toolchains.Ready(t.Context(), p, w.table.Languages[0])
		return
	}
	w := newToys(t, blocked)
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestKilledWhilePreparing$")
	cmd.Env = append(os.Environ(), helperState+"="+w.state, "GAVEL_TEST_PREPARE_BIN="+w.bin)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "STATE preparing" {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	toolchains, p := w.open(t)
	if err := os.WriteFile(filepath.Join(w.state, "prepared", "go-ahead"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := toolchains.Ready(t.Context(), p, w.table.Languages[0]); err != nil {
		t.Errorf("Ready() = %v", err)
	}
}

// A state directory may hold anything: what cannot be used is told or made anew, what is left over goes.
func TestStateDirectoryOfAnyKind(t *testing.T) {
	table := defaultTable(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Config{Table: table, StateDir: file}); err == nil {
		t.Error("Open() took a file for the state directory")
	}
	state := t.TempDir()
	caches := filepath.Join(state, "prepared")
	age := map[string]time.Duration{
		".new-killed": 2 * time.Hour, ".new-written-now": 0, "go-unused": 15 * 24 * time.Hour, "go-used": 24 * time.Hour,
		"go-without-manifest": 2 * time.Hour, "go-being-replaced": 0,
	}
	for name, age := range age {
		dir := filepath.Join(caches, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if strings.HasSuffix(name, "used") {
			manifest := filepath.Join(dir, manifestName)
			if err := errors.Join(os.WriteFile(manifest, []byte(`{"a":1}`), 0o644), os.Chtimes(manifest, then, then)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(dir, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(Config{Table: table, StateDir: state}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(caches)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if diff := cmp.Diff([]string{".new-written-now", "go-being-replaced", "go-used"}, left); diff != "" {
		t.Errorf("what is left, want -, got +:\n%s", diff)
	}
}

func TestRemedies(t *testing.T) {
	l := &Language{Package: "toy-tools"}
	full := &os.PathError{Op: "write", Path: "/x", Err: unix.ENOSPC}
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("save prepared files: %w", full), "free some space, or move the state with --state-dir DIR"},
		{fmt.Errorf("save prepared files: %w", os.ErrPermission), "make the directory prepared of the state directory writable, or choose another with --state-dir DIR"},
		{errors.New("exit code 1"), "its toolchain is there and does not work: apt-get install --reinstall toy-tools, with what it depends on, or take the language out of the table"},
	} {
		if got := remedy(l, test.err); got != test.want {
			t.Errorf("remedy(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}
