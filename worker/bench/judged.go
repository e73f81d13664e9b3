package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	lang "github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/judging"
)

// writePackage makes a problem package of the given test cases, by name: each one's input, which is its answer too where the
// program copies.
func (m *measurement) writePackage(name string, tests map[string]string, copies bool) (*problem.Problem, error) {
	dir := m.temp(name)
	data := filepath.Join(dir, "data", "secret")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	err := errors.Join(os.WriteFile(filepath.Join(dir, "problem.yaml"), []byte("name: "+name+"\nlimits: {memory: 256, output: 100}\n"), 0o644),
		os.WriteFile(filepath.Join(dir, ".timelimit"), []byte("10\n"), 0o644))
	for test, input := range tests {
		answer := ""
		if copies {
			answer = input
		}
		err = errors.Join(err, os.WriteFile(filepath.Join(data, test+".in"), []byte(input), 0o644),
			os.WriteFile(filepath.Join(data, test+".ans"), []byte(answer), 0o644))
	}
	if err != nil {
		return nil, err
	}
	return reader.Load(dir, reader.Options{Temp: m.state.Temp})
}

// numbered are n test cases, no two of them alike: equal ones are judged once.
func numbered(n int) map[string]string {
	tests := map[string]string{}
	for i := range n {
		tests[fmt.Sprintf("%04d", i)] = fmt.Sprintln(i)
	}
	return tests
}

// submission is a program of one file.
func submission(p *problem.Problem, language, source string) api.Submission {
	table := map[string]string{"c": "main.c", "cpp17": "main.cpp", "bash": "main.sh"}
	return api.Submission{
		Version: 1, ID: "bench", Attempt: 1, Problem: p.Name, Language: language,
		Files: []api.SourceFile{{Name: table[language], Text: source}},
	}
}

// accepted judges a submission that has to be accepted.
func accepted(ctx context.Context, r *judging.Runtime, p *problem.Problem, s api.Submission) (api.Report, error) {
	report, err := r.Judge().JudgeProblem(ctx, p, s, func(api.Event) {})
	if err == nil && report.Verdict != verdict.Accepted {
		err = fmt.Errorf("a measured program has got %s %s\n%s", report.Verdict, report.Reason, report.Compile.Log)
	}
	return report, err
}

// installed reports whether a language can be used, with the caches that it has in the end, and tells that its figures are left out where it is not.
func (m *measurement) installed(ctx context.Context, r *judging.Runtime, language, what string) (bool, error) {
	known := r.Languages().Table().Languages
	i := slices.IndexFunc(known, func(l *lang.Language) bool { return l.ID == language })
	if i < 0 {
		m.leaveOut(what, "the language table has no "+language)
		return false, nil
	}
	err := r.Languages().Complete(ctx, r.Containers, known[i])
	if errors.Is(err, api.ErrRejected) {
		m.leaveOut(what, err.Error())
		return false, nil
	}
	return err == nil, err
}

const (
	emptyProgram = "int main(void) { return 0; }\n"
	// busyProgram takes 50 ms of CPU time, whatever the core.
	busyProgram = "#include <time.h>\nint main(void) { while (clock() < CLOCKS_PER_SEC / 20) {} return 0; }\n"
)

// tests measures whole test cases, with the comparison, of a submission that is compiled already.
func (m *measurement) tests(ctx context.Context) (err error) {
	r, err := m.open(ctx)
	if err != nil {
		return err
	}
	if ok, err := m.installed(ctx, r, "c", "test cases"); !ok {
		return err
	}
	many, err := m.writePackage("many", numbered(300), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, many.Close()) }()
	ten, err := m.writePackage("ten", numbered(10), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ten.Close()) }()
	empty, busy := submission(many, "c", emptyProgram), submission(ten, "c", busyProgram)
	if _, err := accepted(ctx, r, many, empty); err != nil {
		return err
	}
	if _, err := accepted(ctx, r, ten, busy); err != nil {
		return err
	}
	var rate, own, whole, sum []float64
	bar := m.out.Bar(m.count(10), "rounds")
	for i := range m.count(10) {
		bar.Set(i, "tests")
		before, err := ownCPU()
		if err != nil {
			return err
		}
		report, err := accepted(ctx, r, many, empty)
		if err != nil {
			return err
		}
		after, err := ownCPU()
		if err != nil {
			return err
		}
		n := float64(len(report.Tests))
		rate = append(rate, n*1e6/float64(report.Phases.TotalUsec)/float64(r.Judge().Slots()))
		own = append(own, microseconds(after-before)/n)

		if report, err = accepted(ctx, r, ten, busy); err != nil {
			return err
		}
		used := int64(0)
		for _, t := range report.Tests {
			used += t.CPUUsec
		}
		whole, sum = append(whole, float64(report.Phases.TotalUsec)), append(sum, float64(used))
	}
	m.add(newFigure("tests", "test cases of a program that does nothing, for each slot", "/s", rate))
	m.add(newFigure("tests", "the worker's own CPU time for each of them", "us", own))
	base := newFigure("tests", "CPU time of ten test cases of 50 ms", "us", sum)
	m.add(base)
	m.add(newFigure("tests", fmt.Sprintf("the same ten judged, on %d idle slots", r.Judge().Slots()), "us", whole).to(base))
	return nil
}

// ownCPU is the CPU time of this process.
func ownCPU() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, os.NewSyscallError("getrusage", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// sources are what contest programs include.
var sources = []struct{ name, text string }{
	{"iostream", "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }\n"},
	{"bits/stdc++.h", "#include <bits/stdc++.h>\nusing namespace std;\nint main() { vector<int> v; int x; while (cin >> x) v.push_back(x); " +
		"sort(v.begin(), v.end()); map<int, int> m; for (int y : v) m[y]++; cout << m.size() << endl; }\n"},
}

// compilations measures CPU time of the compiler, where it has not compiled the same before.
func (m *measurement) compilations(ctx context.Context) (err error) {
	plain, err := exec.LookPath("g++")
	if err != nil {
		m.leaveOut("compilations", "g++ is not installed")
		return nil
	}
	r, err := m.open(ctx)
	if err != nil {
		return err
	}
	if ok, err := m.installed(ctx, r, "cpp17", "compilations"); !ok {
		return err
	}
	p, err := m.writePackage("compiled", map[string]string{"1": "1 2\n"}, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	bar := m.out.Bar(len(sources)*m.count(5), "compilations")
	for i, source := range sources {
		var with, without []float64
		for k := range m.count(5) {
			bar.Set(i*m.count(5)+k, "compile %s", source.name)
			text := fmt.Sprintf("// %d %d %d\n%s", i, k, time.Now().UnixNano(), source.text) // in no cache
			report, err := r.Judge().JudgeProblem(ctx, p, submission(p, "cpp17", text), func(api.Event) {})
			if err != nil {
				return err
			}
			if report.Verdict == verdict.CompileError {
				return fmt.Errorf("compile %s: %s", source.name, report.Compile.Log)
			}
			took, err := m.compilePlain(ctx, plain, text)
			if err != nil {
				return err
			}
			with, without = append(with, float64(report.Compile.CPUUsec)), append(without, microseconds(took))
		}
		base := newFigure("compile", "CPU time of g++ -O2 -static, "+source.name, "us", without)
		m.add(base)
		m.add(newFigure("compile", "CPU time of a compilation in the judge, "+source.name, "us", with).to(base))
	}
	return nil
}

// compilePlain compiles without a sandbox and without caches.
func (m *measurement) compilePlain(ctx context.Context, compiler, source string) (time.Duration, error) {
	name := m.temp("plain.cpp")
	if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
		return 0, err
	}
	c := exec.CommandContext(ctx, compiler, "-O2", "-static", "-std=gnu++17", "-o", m.temp("plain"), name)
	if out, err := c.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", c, err, out)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
}

// dataBytes is about how much goes through a program in group data.
const dataBytes = 50_000_000

// data measures a program that copies its input, with the comparison of all of it, beside a pipe that somebody empties.
func (m *measurement) data(ctx context.Context) (err error) {
	r, err := m.open(ctx)
	if err != nil {
		return err
	}
	if ok, err := m.installed(ctx, r, "bash", "data"); !ok {
		return err
	}
	line := "123456789 abcdefgh\n"
	p, err := m.writePackage("data", map[string]string{"1": strings.Repeat(line, dataBytes/len(line))}, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	copies := submission(p, "bash", "exec cat\n")
	if _, err := accepted(ctx, r, p, copies); err != nil {
		return err
	}
	resident := residentBytes()
	var judged, piped []float64
	bar := m.out.Bar(m.count(10), "rounds")
	for i := range m.count(10) {
		bar.Set(i, "data")
		took, err := pipe(ctx, p.Tests[0].Input)
		if err != nil {
			return err
		}
		report, err := accepted(ctx, r, p, copies)
		if err != nil {
			return err
		}
		piped, judged = append(piped, microseconds(took)), append(judged, float64(report.Phases.TotalUsec))
	}
	base := newFigure("data", "50 MB through cat and a pipe, on one core", "us", piped)
	m.add(base)
	m.add(newFigure("data", "50 MB through a judged program, compared", "us", judged).to(base))
	m.add(newFigure("data", "growth of the worker's memory by that", "MiB", []float64{float64(residentBytes()-resident) / (1 << 20)}))
	return nil
}

// pipe runs cat on a file, and reads what comes. Both sides share one core, as a program and its worker do.
func pipe(ctx context.Context, input string) (took time.Duration, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return 0, os.NewSyscallError("sched_getaffinity", err)
	}
	one.Set(firstCore(&before))
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return 0, os.NewSyscallError("sched_setaffinity", err)
	}
	defer func() {
		err = errors.Join(err, os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &before)))
	}()
	in, err := os.Open(input)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	c := exec.CommandContext(ctx, "/bin/cat")
	c.Stdin = in
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, err
	}
	buffer := make([]byte, 64<<10)
	for err == nil {
		_, err = out.Read(buffer)
	}
	err = c.Wait() // what Read ended with it tells as well
	return time.Since(start), err
}

// residentBytes is the memory of this process, after a collection.
func residentBytes() int64 {
	runtime.GC()
	data, err := os.ReadFile("/proc/self/statm")
	var size, resident int64
	if _, scanErr := fmt.Sscan(string(data), &size, &resident); err != nil || scanErr != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

// starts measures the CPU time that runtimes take to start, inside of a container and outside.
func (m *measurement) starts(ctx context.Context) (err error) {
	r, err := m.open(ctx)
	if err != nil {
		return err
	}
	box, err := r.Containers.Lease(ctx)
	if err != nil {
		return err
	}
	defer r.Containers.Release(box)
	for _, command := range [][]string{
		{"python3", "-c", "pass"}, {"node", "-e", "0"}, {"java", "-XX:+UseSerialGC", "-Xmx256m", "-version"}, // what it chooses by itself depends on the host
	} {
		// Not what the caller's PATH finds: a container has the system's alone.
		name := "/usr/bin/" + command[0]
		if _, err := os.Stat(name); err != nil {
			m.leaveOut("the start of "+command[0], "there is no "+name)
			continue
		}
		command[0] = name
		var inside, outside []float64
		bar := m.out.Bar(m.count(10), "starts")
		for i := range m.count(10) {
			bar.Set(i, "start %s", name)
			c := exec.CommandContext(ctx, command[0], command[1:]...)
			c.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + m.state.Temp, "LANG=C.UTF-8"}
			if out, err := c.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", c, err, out)
			}
			result, err := box.Run(ctx, sandbox.Command{
				Args:   command,
				Limits: sandbox.Limits{CPU: 10 * time.Second, Wall: 40 * time.Second, Memory: sandbox.GiB, Output: sandbox.MiB},
			})
			if err == nil {
				err = ended(result)
			}
			if err != nil {
				return err
			}
			outside = append(outside, microseconds(c.ProcessState.UserTime()+c.ProcessState.SystemTime()))
			inside = append(inside, microseconds(result.CPU))
		}
		base := newFigure("start", "CPU time to start "+filepath.Base(name)+" outside", "us", outside)
		m.add(base)
		m.add(newFigure("start", "CPU time to start "+filepath.Base(name)+" inside", "us", inside).to(base))
	}
	return nil
}
