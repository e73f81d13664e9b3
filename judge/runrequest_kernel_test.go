package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// runRequest runs files in Python on some texts.
func runRequest(source string, inputs ...string) api.RunRequest {
	r := api.RunRequest{
		Version: 1, ID: "space.r1", Language: "python3", Files: []api.SourceFile{file("a.py", source)},
		Limits: api.RunLimits{CPUUsec: 1_000_000, WallUsec: 2_000_000, Memory: 64 << 20, Output: 1 << 20},
	}
	for _, text := range inputs {
		r.Inputs = append(r.Inputs, api.RunInput{Text: text})
	}
	return r
}

const plenty = 1 << 20

// whatever leaves out what no test can foresee.
var whatever = cmp.Options{
	cmpopts.IgnoreFields(api.Run{}, "Usage", "Flags"), cmpopts.IgnoreFields(api.RunResult{}, "LanguageVersion", "Compile"),
}

// One program meets every end that a run can have.
func TestRun(t *testing.T) {
	kept := &keepsakes{}
	b := newBenchWith(t, []string{"python3", "cpp17"}, func(c *Config) { c.Keeper = kept })
	request := runRequest(`
import os, sys, time
how = sys.stdin.readline().strip()
if how == "fail": sys.stderr.write("no\n"); sys.exit(3)
if how == "spin":
    while True: pass
if how == "sleep": time.sleep(60)
if how == "eat": x = bytearray(1 << 30); print(len(x))
if how == "flood":
    while True: sys.stdout.write("y" * 4096)
if how == "abort": os.abort()
if how == "binary": sys.stdout.buffer.write(bytes([255, 0, 254]))
if how == "look": print(sorted(os.listdir("/w")), os.path.exists("/problem"))
if how == "args": print(sys.argv[1:])
`, "hello\n", "fail", "spin", "sleep", "eat", "flood", "abort", "binary", "look", "args")
	request.Args = []string{"x y", "--z"}
	request.Inputs[0].Name = "first"
	got, err := b.judge.Run(t.Context(), request, "run-1", plenty)
	if err != nil {
		t.Fatalf("Run() = %v", err)
	}
	flood := &got.Runs[5]
	if flood.OutputBytes <= 1<<20 || flood.Stdout.Bytes < 1<<20 || !flood.Stdout.Truncated || len(flood.Stdout.Text) != 64<<10 {
		t.Errorf("flood: %d bytes written, %d kept, %d inline", flood.OutputBytes, flood.Stdout.Bytes, len(flood.Stdout.Text))
	}
	flood.OutputBytes, flood.Stdout = 0, api.RunOutput{}
	for i := range got.Runs {
		if i != 1 {
			got.Runs[i].Stderr = api.RunOutput{} // what the runtime says of it
			got.Runs[i].OutputBytes = 0
		}
	}
	want := api.RunResult{
		Version: 1, ID: "space.r1", Worker: "test", Language: "python3", Status: "OK",
		Runs: []api.Run{
			{Name: "first", Status: "OK"},
			{Name: "2", Status: "RTE", Reason: verdict.ReasonExit, ExitCode: 3, OutputBytes: 3, Stderr: api.RunOutput{Text: "no\n", Bytes: 3}},
			{Name: "3", Status: "TLE", Reason: verdict.ReasonCPU, Signal: "SIGKILL"},
			{Name: "4", Status: "TLE", Reason: verdict.ReasonWall, Signal: "SIGKILL"},
			{Name: "5", Status: "MLE"},
			{Name: "6", Status: "OLE", Signal: "SIGKILL"},
			{Name: "7", Status: "RTE", Reason: verdict.ReasonSignal, Signal: "SIGABRT"},
			{Name: "8", Status: "OK", Stdout: api.RunOutput{Content: []byte{255, 0, 254}, Bytes: 3}},
			{Name: "9", Status: "OK", Stdout: api.RunOutput{Text: "['a.py'] False\n", Bytes: 15}},
			{Name: "10", Status: "OK", Stdout: api.RunOutput{Text: "['x y', '--z']\n", Bytes: 15}},
		},
	}
	got.Runs[4].Reason, got.Runs[4].Signal, got.Runs[4].ExitCode = "", "", 0 // Python may hear of it before it is killed
	if diff := cmp.Diff(want, got, whatever); diff != "" {
		t.Errorf("Run() (-want +got):\n%s", diff)
	}
	if len(kept.objects) > 0 {
		t.Errorf("%d objects that nobody asked for", len(kept.objects))
	}

	t.Run("keep", func(t *testing.T) {
		r := runRequest(`print("x" * int(input())); import sys; sys.stderr.write("e")`, "100000", "1")
		r.Keep, r.InlineBytes = true, -1
		got, err := b.judge.Run(t.Context(), r, "run-2", plenty)
		if err != nil || len(got.Runs) != 2 {
			t.Fatalf("Run() = %+v, %v", got, err)
		}
		for i, want := range []string{strings.Repeat("x", 100000) + "\n", "x\n"} {
			run := got.Runs[i]
			if run.Stdout.Text != "" || !run.Stdout.Truncated || kept.text(run.Stdout.Object) != want || kept.text(run.Stderr.Object) != "e" {
				t.Errorf("run %d: stdout %+v of %d bytes kept, stderr %q", i, run.Stdout, len(kept.text(run.Stdout.Object)), kept.text(run.Stderr.Object))
			}
		}
		if object := got.Runs[1].Stdout.Object.Object; object != "space.r1:run-2/2/output" {
			t.Errorf("object %q", object)
		}
	})
	t.Run("expected", func(t *testing.T) {
		r := runRequest("import sys\nif input() == 'fail': sys.exit(3)\nprint('3.0000001 a')", "1", "2", "fail", "3")
		for i, text := range []string{"3 A\n", "4 a\n", "4 a\n"} {
			r.Inputs[i].Expect = &api.RunExpected{Text: text}
		}
		r.Compare = "floats absolute=1e-6 ignore_case"
		got, err := b.judge.Run(t.Context(), r, "", plenty)
		if err != nil || len(got.Runs) != 4 {
			t.Fatalf("Run() = %+v, %v", got, err)
		}
		for i, want := range []string{"OK", "WA", "RTE", "OK"} {
			if run := got.Runs[i]; run.Status != want || (run.Message != "") != (want == "WA") {
				t.Errorf("run %d: %+v, want %s", i, run, want)
			}
		}
		r.Compare = "klingon"
		if _, err := b.judge.Run(t.Context(), r, "", plenty); !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), "field compare") {
			t.Errorf("Run() = %v, want a refusal of the comparer", err)
		}
	})
	t.Run("environment and files", func(t *testing.T) {
		r := runRequest(`
import os
print(os.environ["MODE"], os.environ["HOME"], open("words.txt").read())
os.mkdir("d"); open("d/text", "w").write("left\n"); open("bytes", "wb").write(b"\xff" * 100)
open("large", "w").write("x" * 100000); os.symlink("/etc/passwd", "link"); os.mkfifo("fifo")
`, "")
		r.Files = append(r.Files, file("words.txt", "beside"))
		r.Env = map[string]string{"MODE": "fast", "HOME": "/tmp"}
		r.Collect = []string{"d/text", "bytes", "large", "link", "fifo", "none", "d"}
		r.Keep, r.InlineBytes = true, 1000
		got, err := b.judge.Run(t.Context(), r, "run-3", plenty)
		if err != nil || len(got.Runs) != 1 || got.Runs[0].Stdout.Text != "fast /tmp beside\n" {
			t.Fatalf("Run() = %+v, %v", got, err)
		}
		files := got.Runs[0].Files
		if text := kept.text(files[2].Object); len(text) != 100000 {
			t.Errorf("%d bytes of the large file are kept", len(text))
		}
		for i := range files {
			files[i].Object = nil
		}
		refused := func(why string) string { return "no file that can be read: " + why }
		want := []api.RunFile{
			{Name: "d/text", RunOutput: api.RunOutput{Text: "left\n", Bytes: 5}},
			{Name: "bytes", RunOutput: api.RunOutput{Content: bytes.Repeat([]byte{0xff}, 100), Bytes: 100}},
			{Name: "large", RunOutput: api.RunOutput{Text: strings.Repeat("x", 1000), Bytes: 100000, Truncated: true}},
			{Name: "link", Missing: refused("too many levels of symbolic links")},
			{Name: "fifo", Missing: refused("invalid argument")},
			{Name: "none", Missing: "there is no such file"},
			{Name: "d", Missing: refused("invalid argument")},
		}
		if diff := cmp.Diff(want, files); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	})
	t.Run("little room", func(t *testing.T) {
		r := runRequest(`print("<" * 5000)`, make([]string, 20)...)
		const most = 100_000
		got, err := b.judge.Run(t.Context(), r, "", most)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(got)
		if err != nil || len(data) > most {
			t.Errorf("result has %d bytes, want at most %d; %v", len(data), most, err)
		}
		for i, run := range got.Runs {
			if !run.Stdout.Truncated || run.Stdout.Text == "" || run.Stdout.Bytes != 5001 {
				t.Errorf("run %d: %d of %d bytes, truncated %v", i, len(run.Stdout.Text), run.Stdout.Bytes, run.Stdout.Truncated)
			}
		}
	})
	t.Run("compile error", func(t *testing.T) {
		r := runRequest("", "")
		r.Language, r.Files = "cpp17", []api.SourceFile{file("a.cpp", "int main() { return x; }")}
		got, err := b.judge.Run(t.Context(), r, "", plenty)
		if err != nil || got.Status != "CE" || got.Reason != verdict.ReasonCompiler || len(got.Runs) != 0 || !strings.Contains(got.Compile.Log, "x") {
			t.Errorf("Run() = %+v, %v", got, err)
		}
	})
	t.Run("compiled once", func(t *testing.T) {
		r := runRequest("", "1", "2", "3")
		r.Language = "cpp17"
		r.Files = []api.SourceFile{file("a.cpp", "#include <cstdio>\nint main() { int n; scanf(\"%d\", &n); printf(\"%d\", 2 * n); }")}
		for _, cached := range []bool{false, true} {
			got, err := b.judge.Run(t.Context(), r, "", plenty)
			if err != nil || got.Compile.Cached != cached || len(got.Runs) != 3 || got.Runs[2].Stdout.Text != "6" {
				t.Errorf("Run() = %+v, %v, want cached %v", got, err, cached)
			}
		}
	})
	t.Run("refused", func(t *testing.T) {
		noLanguage, bad := runRequest("", ""), runRequest("", "")
		noLanguage.Language, bad.Files = "klingon", nil
		for what, r := range map[string]api.RunRequest{"klingon": noLanguage, "field files": bad} {
			if _, err := b.judge.Run(t.Context(), r, "", plenty); !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), what) {
				t.Errorf("Run() = %v, want a refusal that names %s", err, what)
			}
		}
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stop")
		r := runRequest("import time\ntime.sleep(60)", "")
		r.Limits.WallUsec = 60_000_000
		var wait sync.WaitGroup
		wait.Go(func() {
			_, err = b.judge.Run(ctx, r, "", plenty)
		})
		cancel(stop)
		wait.Wait()
		if !errors.Is(err, stop) {
			t.Errorf("Run() = %v, want %v", err, stop)
		}
	})
}
