package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
)

// documentReader is somebody who types what a document says, in a directory that has what it speaks of.
type documentReader struct {
	t      *testing.T
	dir    string
	state  string
	gavel  string // directory with the program; "" means that of the test
	worker *exec.Cmd
	log    bytes.Buffer // of the worker; read when it has ended
}

// TestDocumentCommands types the commands of README.md and configs/docs: the blocks of each document from the top to the bottom,
// against real workers, and then those in its sentences, where these are whole: what only names a command, or flags of it,
// TestDocuments looks at.
func TestDocumentCommands(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.RequireToolchain(t, sandboxtest.Program("g++"), sandboxtest.Program("python3"))
	sandboxtest.NoLeaks(t)
	done := map[string]bool{} // commands that several documents name are run in one of them
	for _, d := range documents(t) {
		t.Run(d.path, func(t *testing.T) {
			r := newDocumentReader(t)
			r.read(d)
			for name, lines := range documentResults[d.path] {
				r.wantLines(name, lines...)
			}
			r.spans(d, done)
		})
	}
}

// documentResults are files that the commands of a document write, with a text of each of their lines.
var documentResults = map[string]map[string][]string{
	"README.md": {
		"students.graded/grades.csv": {
			"student,id,name", "ada,1,Ada,,graded,python3,AC,100,100,100,30,30,40,",
			"bob,2,Bob,,graded,c,AC,30,100,30,30,0,0,", "Eve,3,Eve,,missing,",
		},
		"results.jsonl": {`"status":"OK"`, `"status":"OK"`, `"status":"OK"`, `"status":"OK"`},
	},
}

// newDocumentReader makes the directory.
func newDocumentReader(t *testing.T) *documentReader {
	t.Helper()
	r := &documentReader{t: t, dir: t.TempDir()}
	r.state = filepath.Join(r.dir, "state")
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	const add, addC = "input()\nprint(sum(map(int, input().split())))\n", "int main(void) { return 0; }\n"
	for name, text := range map[string]string{
		"a.txt": "1\n7\n", "b.txt": "2\n3 4\n", "in.txt": "1\n", "prog": "#!/bin/sh\ncat >result.txt\n",
		"class.csv": "Name,ID\nAda,1\nBob,2\nEve,3\n", "programs/add.py": add, "programs/nothing.c": addC,
	} {
		r.write(name, []byte(text))
	}
	for name, sample := range map[string]string{
		"solution.cpp": "sum/submissions/accepted/sum.cpp", "students/ada/LOOP.PY": "stairs/submissions/accepted/loop.py",
		"students/bob.c": "stairs/submissions/partially_accepted/exact.c",
	} {
		text, err := os.ReadFile(filepath.Join(root, "testcases", sample))
		if err != nil {
			t.Fatal(err)
		}
		r.write(name, text)
	}
	r.write("other-package.zip", otherPackage(t))
	if r.gavel, err = plainGavel(); err != nil {
		t.Fatal(err)
	}
	prepared := filepath.Join(root, ".gavel/test/prepared")
	for _, err := range []error{
		os.Chmod(filepath.Join(r.dir, "prog"), 0o755),
		os.MkdirAll(prepared, 0o755), os.Mkdir(r.state, 0o755), os.Symlink(prepared, filepath.Join(r.state, "prepared")),
		os.Symlink(filepath.Join(root, "testcases"), filepath.Join(r.dir, "testcases")),
		os.Symlink(filepath.Join(root, "configs"), filepath.Join(r.dir, "configs")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// otherPackage is a small problem package in a zip archive.
func otherPackage(t *testing.T) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, text := range map[string]string{
		"problem.yaml": "name: Echo\n", ".timelimit": "5\n", "data/secret/1.in": "hello\n", "data/secret/1.ans": "hello\n",
		"submissions/accepted/echo.py": "print(input())\n",
	} {
		f, err := w.Create("other-package/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func (r *documentReader) write(name string, data []byte) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// read types the blocks of commands of a document from the top to the bottom. Each command must end with 0, which for a submission
// that is waited for means that it was accepted. A block of text right below one of commands is what they print.
func (r *documentReader) read(d document) {
	r.t.Helper()
	for i, block := range d.blocks {
		if block.language != "sh" {
			continue
		}
		printed := r.block(d.path, block)
		if i+1 < len(d.blocks) {
			below := d.blocks[i+1]
			if below.language == "text" && below.line == block.line+strings.Count(block.text, "\n")+3 {
				r.compare(d.path, below, printed)
			}
		}
	}
	r.stop()
}

// block types a block, and returns what its commands print: what follows a worker or a subscription runs while these go on, as in
// another terminal.
func (r *documentReader) block(path string, block documentBlock) (printed string) {
	r.t.Helper()
	var script string
	var heard []func()
	for line := range strings.Lines(block.text) {
		switch {
		case strings.HasPrefix(line, "apt-get install ./dist/gavel_"): // which restarts the service
			printed += r.shell(path, block.line, script)
			script = ""
			r.serve("gavel serve --problems testcases")
		case reasonNotRun(line) != "":
		case strings.HasPrefix(line, "gavel serve"):
			printed += r.shell(path, block.line, script)
			script = ""
			r.serve(strings.TrimSpace(line))
		case strings.HasPrefix(line, "nats sub "):
			heard = append(heard, r.subscribe(strings.TrimSpace(line)))
		default:
			script += line
		}
	}
	printed += r.shell(path, block.line, script)
	for _, wait := range heard {
		wait()
	}
	return printed
}

// shell runs commands, of which none may fail. ID stands for a submission that was judged.
func (r *documentReader) shell(path string, line int, script string) (printed string) {
	r.t.Helper()
	if script == "" {
		return ""
	}
	script = strings.ReplaceAll(strings.ReplaceAll(script, " ID ", " s1 "), "/var/lib/gavel", r.state)
	out, err := r.command("sh", "-euc", script).CombinedOutput()
	if err != nil {
		r.t.Errorf("%s:%d: %v\n%s\n%s", path, line, err, script, out)
	}
	return string(out)
}

// figures are what differs from run to run: times, memory, and how wide a column is.
var figures = regexp.MustCompile(`[0-9]+(\.[0-9]+)? (s|ms|MiB|KiB|times)\b|[0-9.]+(ms|s)\b`)

// compare holds the lines of a block to what was printed, in their order, but for figures. A line of three dots stands for any
// lines.
func (r *documentReader) compare(path string, shown documentBlock, printed string) {
	r.t.Helper()
	plain := func(line string) string {
		return strings.Join(strings.Fields(figures.ReplaceAllString(line, "#")), " ")
	}
	rest, gap := strings.Split(strings.TrimSpace(printed), "\n"), false
	for line := range strings.Lines(shown.text) {
		if line == "...\n" {
			gap = true
			continue
		}
		at := slices.IndexFunc(rest, func(found string) bool { return plain(found) == plain(line) })
		if at < 0 || at > 0 && !gap {
			r.t.Errorf("%s:%d: shows a line that is not printed there: %s%s", path, shown.line, line, printed)
			return
		}
		rest, gap = rest[at+1:], false
	}
	if len(rest) > 0 && !gap {
		r.t.Errorf("%s:%d: does not show all that is printed:\n%s", path, shown.line, printed)
	}
}

// documentNames are commands that a sentence may name without what they need, and that nevertheless are whole to the parser.
var documentNames = []string{"gavel dead replay", "gavel rejudge"}

// spans runs the commands in the sentences of a document, beside a worker that has judged something.
func (r *documentReader) spans(d document, done map[string]bool) {
	r.t.Helper()
	var wanted []documentBlock
	for _, span := range d.spans {
		if done[span.text] || reasonNotRun(span.text) != "" || slices.Contains(documentNames, span.text) ||
			strings.HasPrefix(span.text, "gavel serve") || // the blocks start workers, and so does this
			strings.HasPrefix(span.text, "gavel ") && !parses(r.t, span.text) {
			continue
		}
		done[span.text] = true
		wanted = append(wanted, span)
	}
	if len(wanted) == 0 {
		return
	}
	r.serve("gavel serve --problems testcases")
	r.shell(d.path, 0, "gavel submit --id t1 --problem sum --wait solution.cpp\n"+
		"for id in t2 t3 t4 t5; do gavel submit --id $id --queue --pool nobody --problem sum solution.cpp; done\n"+
		"gavel queue drop t4 t5\n")
	for _, span := range wanted {
		r.span(d.path, span)
	}
	r.stop()
}

// span runs a command that stands in a sentence. It may find nothing to do, or report what is not as it should be: then it ends
// with 1.
func (r *documentReader) span(path string, span documentBlock) {
	r.t.Helper()
	text := regexp.MustCompile(`\b[A-Z][A-Z_]+\b`).ReplaceAllStringFunc(span.text, func(word string) string {
		program := strings.Join(strings.Fields(span.text)[:2], " ")
		return cmp.Or(placeholders[program+": "+word], placeholders[word], word)
	})
	out, err := r.command("sh", "-c", text).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		r.t.Errorf("%s:%d: %s: %v\n%s", path, span.line, text, err, out)
	}
}

// placeholders are what commands in sentences leave open: of one that waits where nobody takes it, and of a dead letter.
var placeholders = map[string]string{
	"ID": "t1", "NAME": "sum", "URL": `"$NATS_URL"`, "COMMAND": "judge", "DIR": "pages", "PACKAGE": "testcases/sum",
	"SUBMISSIONS": "students", "POOL": "nobody", "LANE": "contest", "STATE_DIR": `"$GAVEL_STATE_DIR"`,
	"gavel queue: ID": "t2", "gavel dead: ID": "t4",
}

func (r *documentReader) command(name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	r.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GAVEL_STATE_DIR="+r.state, "GAVEL_NATS_LISTEN=127.0.0.1:0", "GAVEL_HTTP=127.0.0.1:0",
		"XDG_CONFIG_HOME="+filepath.Join(r.dir, "config"), "GAVEL_PYTHON=cpython",
		"PATH="+strings.TrimPrefix(r.gavel+":"+os.Getenv("PATH"), ":"))
	if at, ok := state.FindEndpoint(r.state); ok {
		cmd.Env = append(cmd.Env, "NATS_URL="+at.NATS) // each worker of the test has a port of its own
	}
	return cmd
}

// serve stops the worker that there is, and starts the one that the line asks for.
func (r *documentReader) serve(line string) {
	r.t.Helper()
	r.stop()
	r.log.Reset()
	r.worker = r.command("sh", "-c", "exec "+line)
	r.worker.Stderr = &r.log
	if err := r.worker.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.stop)
	err := until("worker of a document", func() bool {
		if allEnded([]*exec.Cmd{r.worker}) {
			return true
		}
		at, ok := state.FindEndpoint(r.state)
		if !ok || at.PID != r.worker.Process.Pid {
			return false
		}
		status, _, err := fetch(at.HTTP + "/readyz") // it says where it is before it takes submissions
		return err == nil && status == http.StatusOK
	})
	if err != nil || allEnded([]*exec.Cmd{r.worker}) {
		r.stop()
		r.t.Fatalf("%s: %v\n%s", line, err, r.log.String())
	}
}

// stop ends the worker, if there is one.
func (r *documentReader) stop() {
	if r.worker == nil {
		return
	}
	worker := r.worker
	r.worker = nil
	if err := worker.Process.Signal(unix.SIGTERM); err != nil {
		r.t.Errorf("stop worker: %v", err)
	}
	if err := worker.Wait(); err != nil {
		r.t.Errorf("worker: %v\n%s", err, r.log.String())
	}
}

// subscribe does what nats sub --count 1 does. wait expects the verdict AC.
func (r *documentReader) subscribe(line string) (wait func()) {
	r.t.Helper()
	subject, ok := strings.CutPrefix(line, "nats sub --count 1 ")
	at, _ := state.FindEndpoint(r.state)
	key, err := nats.NkeyOptionFromSeed(at.NKey)
	if err != nil {
		r.t.Fatal(err)
	}
	conn, err := nats.Connect(at.NATS, key)
	if err != nil || !ok {
		r.t.Fatalf("%s: %v", line, err)
	}
	r.t.Cleanup(conn.Close)
	sub, err := conn.SubscribeSync(subject)
	if err == nil {
		err = conn.Flush()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return func() {
		r.t.Helper()
		defer conn.Close()
		msg, err := sub.NextMsg(scriptPatience)
		if err != nil {
			r.t.Errorf("%s: %v", line, err)
			return
		}
		var report api.Report
		if err := json.Unmarshal(msg.Data, &report); err != nil || report.Verdict != "AC" {
			r.t.Errorf("%s: %v, want the verdict AC:\n%s", line, err, msg.Data)
		}
	}
}

// wantLines looks into a file that the commands have written: each line has its text.
func (r *documentReader) wantLines(name string, texts ...string) {
	r.t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		r.t.Error(err)
		return
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	ok := len(lines) == len(texts)
	for i := range lines {
		ok = ok && strings.Contains(lines[i], texts[i])
	}
	if !ok {
		r.t.Errorf("%s: want %d lines with %q:\n%s", name, len(texts), texts, data)
	}
}
