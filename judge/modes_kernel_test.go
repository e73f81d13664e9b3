package judge

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/judgetest"
)

// surroundings is a program that prints all that it sees of where it runs: what becomes of its streams when it opens them
// by name, its limits and whether it may raise the soft ones to the hard ones, its environment, and files.
const surroundings = `
import os, resource
streams = {"stdin": (0, "r"), "stdout": (1, "w"), "stderr": (2, "w")}
for name, (fd, mode) in streams.items():
    for path in (f"/dev/{name}", f"/dev/fd/{fd}", f"/proc/self/fd/{fd}"):
        try:
            with open(path, mode) as f:
                if mode == "w":
                    f.write(path + " written\n")
        except OSError as e:
            print("stream", path, e)
for name in sorted(n for n in dir(resource) if n.startswith("RLIMIT_")):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    resource.setrlimit(number, (hard, hard))
    print(name, soft, hard)
for name in sorted(os.environ):
    print("env", name, os.environ[name])
for path in ("/", "/dev", "/etc", "/judge", "/tmp", "/dev/shm", ".", "/proc/self/fd"):
    print("files", path, sorted(os.listdir(path)), oct(os.stat(path).st_mode), os.stat(path).st_uid, os.access(path, os.W_OK))
with open("/proc/self/status") as status:
    print([line.split() for line in status if line.startswith(("SigB", "SigI", "Cap", "NoNew", "Seccomp:", "Uid", "Gid", "Groups", "Umask"))])
print(os.getcwd(), os.getsid(0) == os.getpid())
`

// keepsOutput is a validator, and an interactor that says nothing, whose message is what the submission wrote. It and what
// built it open their own streams by name, and it asks for another pass where there is a file called again.
var keepsOutput = map[string]string{
	"build": "#!/bin/sh\nset -e\n" + opensByName + "cp keep run\nchmod +x run\n",
	"keep": "#!/bin/sh\nset -e\n" + opensByName + "cat >\"$3/judgemessage.txt\"\n" +
		"if grep -q 2 \"$1\" && [ ! -e \"$3/again\" ]; then touch \"$3/again\"; echo 2 >\"$3/nextpass.in\"; fi\nexit 42\n",
}

const opensByName = ": </dev/stdin\n: >/dev/stdout\n: >/dev/stderr\n: </dev/fd/0\n: >/dev/fd/1\n: >/dev/fd/2\n" +
	": </proc/self/fd/0\n: >/proc/self/fd/1\n: >/proc/self/fd/2\n"

// modePackage is a package whose validator is keepsOutput.
func modePackage(input, head, validatorDir string) map[string]string {
	files := map[string]string{
		"problem.yaml": head, "data/secret/1.in": input, "data/secret/1.ans": "1\n",
		"submissions/accepted/a.py": "print()\n", "input_validators/validate.py": "import sys\nsys.exit(42)\n",
		"statement/problem.en.md": "Look around.\n", "problem_statement/problem.tex": "Look around.\n",
	}
	for name, text := range keepsOutput {
		files[validatorDir+name] = text
	}
	return files
}

// A program sees the same in every mode in which it can run, and its streams are there by name in all of them.
func TestProgramsSeeTheSameInEveryMode(t *testing.T) {
	const legacy = "name: Mode\nlimits:\n  memory: 64\n  output: 1\n"
	const draft = "problem_format_version: 2023-07\nname: Mode\nlimits:\n  time_limit: 5\n  memory: 64\n  output: 1\n"
	timed := func(files map[string]string) map[string]string {
		files[".timelimit"] = "5\n"
		return files
	}
	modes := map[string]map[string]string{
		"batch":       timed(modePackage("1\n", legacy+"validation: custom\n", "output_validators/v/")),
		"interactive": timed(modePackage("1\n", legacy+"validation: custom interactive\n", "output_validators/v/")),
		"batch, 2023": modePackage("1\n", draft, "output_validators/v/"),
		"second pass": modePackage("2\n", draft+"  validation_passes: 2\ntype: multi-pass\n", "output_validators/v/"),
	}
	b := newBenchWith(t, []string{"python3"}, nil)
	request := runRequest(surroundings, "1\n")
	request.Limits.CPUUsec, request.Limits.WallUsec = 5_000_000, 10_000_000
	result, err := b.judge.Run(t.Context(), request, "modes", plenty)
	if err != nil || result.Status != "OK" || result.Runs[0].Status != "OK" {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	want := strings.TrimSpace(result.Runs[0].Stdout.Text)
	if !strings.HasPrefix(want, writtenByName) || !strings.Contains(want, "RLIMIT_STACK") {
		t.Errorf("a run request sees:\n%s", want)
	}
	for mode, files := range modes {
		t.Run(mode, func(t *testing.T) {
			p := judgetest.Package(t, "mode", files)
			makeExecutable(p)
			r, err := b.judge.JudgeProblem(t.Context(), p, submission("modes", "python3", file("a.py", surroundings)), nil)
			if err != nil {
				t.Fatalf("JudgeProblem() = %v", err)
			}
			test := r.Tests[0]
			if r.Verdict != "AC" {
				t.Errorf("%s, %s %q", r.Verdict, test.Reason, test.JudgeMessage)
			}
			if diff := cmp.Diff(want, strings.TrimSpace(test.JudgeMessage)); diff != "" {
				t.Errorf("it sees something else than a run request (-request +this):\n%s", diff)
			}
		})
	}
}

// writtenByName is how the output of surroundings begins where every stream can be opened.
const writtenByName = "/dev/stdout written\n/dev/fd/1 written\n/proc/self/fd/1 written\nRLIMIT_"
