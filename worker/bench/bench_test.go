package bench

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gaveloj/gavel/configs/schematest"
	_ "github.com/gaveloj/gavel/sandbox/container/hook" // the test binary is the container server
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNewFigure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		values []float64
		want   Figure
	}{
		{[]float64{7}, Figure{Median: 7, Lower: 7, Upper: 7, Count: 1}},
		{[]float64{4, 2}, Figure{Median: 3, Lower: 2.5, Upper: 3.5, Count: 2}},
		{[]float64{5, 1, 4, 2, 3}, Figure{Median: 3, Lower: 2, Upper: 4, Count: 5}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, newFigure("", "", "", tt.values)); diff != "" {
			t.Errorf("newFigure() mismatch (-want +got):\n%s", diff)
		}
	}
}

func TestFigureString(t *testing.T) {
	t.Parallel()
	bare := newFigure("run", "a bare run", "us", []float64{100})
	tests := []struct {
		figure Figure
		want   string
	}{
		{bare, "a bare run: 100 µs"},
		{newFigure("run", "a run", "us", []float64{120, 150, 180}).to(bare), "a run: 150 µs (135 to 165), 1.50 times a bare run"},
		{newFigure("data", "a lot", "us", []float64{20_000, 20_000}), "a lot: 20.0 ms (20.0 to 20.0)"},
		{newFigure("container", "memory", "MiB", []float64{1.5}), "memory: 1.50 MiB"},
		{newFigure("queue", "submissions", "/s", []float64{800}), "submissions: 800/s"},
	}
	for _, tt := range tests {
		if got := tt.figure.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
	}
}

func TestNothingDoesNothing(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "nothing")
	if err := writeNothing(name); err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if f.Type != elf.ET_EXEC || len(f.Progs) != 1 {
		t.Errorf("it is %v with %d segments", f.Type, len(f.Progs))
	}
	if out, err := exec.Command(name).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("it ended with %v and wrote %q", err, out)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestCommandRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		command Command
		want    string
	}{
		{"no such group", Command{Only: []string{"run", "walk"}}, `--only: there is no group "walk"; there are run, busy,`},
		{"nothing to draw", Command{Only: []string{"tests"}, Plot: "runs.svg"}, "--plot shows the figures of group run or busy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.command.Run(t.Context(), &terminal.Output{Stdout: io.Discard, Stderr: io.Discard})
			if err == nil || !strings.Contains(err.Error(), tt.want) || exit.CodeOf(err) != 2 {
				t.Errorf("Run() = %v, code %d, want %q and code 2", err, exit.CodeOf(err), tt.want)
			}
		})
	}
	for _, text := range []string{"0", "-1", "x", "1001"} {
		if err := new(roundCount).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("--rounds %s is taken", text)
		}
	}
}

// Every group can be measured, and says what its schema says. How long anything took is not looked at.
func TestEveryGroup(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	schema := schematest.Schema(t, "bench.json")
	var printed, notes bytes.Buffer
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // containers look into it
		t.Fatal(err)
	}
	plot := filepath.Join(dir, "runs.svg")
	c := Command{State: settings.State{StateDir: filepath.Join(dir, "state")}, Judging: settings.Judging{Slots: 1, Python: "cpython"}, Plot: plot}
	if err := c.Run(t.Context(), &terminal.Output{Stdout: &printed, Stderr: &notes, JSON: true}); err != nil {
		t.Fatalf("Run() = %v\n%s", err, &notes)
	}
	measured := map[string]int{}
	for line := range strings.Lines(printed.String()) {
		var f Figure
		if err := errors.Join(schematest.Validate(schema, []byte(line)), json.Unmarshal([]byte(line), &f)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		measured[f.Group]++
	}
	want := map[string]int{"run": 3 * len(idleGaps), "busy": 3 * len(busyGaps), "container": 2, "tests": 4, "compile": 4, "data": 3, "queue": 3}
	left := measured["start"]
	delete(measured, "start")
	if diff := cmp.Diff(want, measured); diff != "" {
		t.Errorf("figures by group mismatch (-want +got):\n%s", diff)
	}
	if missing := strings.Count(notes.String(), "left out: the start of"); left != 6-2*missing {
		t.Errorf("%d figures of starts, and %d left out", left, missing)
	}
	checkPicture(t, plot)
}

// checkPicture looks for a line for each kind of run in each of the two panels.
func checkPicture(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var picture struct {
		Panels []struct {
			Lines []struct {
				Points string `xml:"points,attr"`
			} `xml:"polyline"`
		} `xml:"g"`
	}
	if err := xml.Unmarshal(text, &picture); err != nil {
		t.Fatalf("the picture is no XML: %v", err)
	}
	var points []int
	for _, p := range picture.Panels {
		for _, l := range p.Lines {
			points = append(points, len(strings.Fields(l.Points)))
		}
	}
	n, m := len(idleGaps), len(busyGaps)
	if diff := cmp.Diff([]int{n, n, n, m, m, m}, points); diff != "" {
		t.Errorf("points of lines mismatch (-want +got):\n%s", diff)
	}
}

func TestNiceStep(t *testing.T) {
	t.Parallel()
	var got []float64
	for _, value := range []float64{0.3, 1, 1.1, 4, 51, 100} {
		got = append(got, niceStep(value))
	}
	if want := []float64{1, 1, 2, 5, 100, 100}; !slices.Equal(got, want) {
		t.Errorf("niceStep() = %v, want %v", got, want)
	}
}
