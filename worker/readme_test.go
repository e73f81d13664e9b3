package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
)

// readmeNotRun are the lines of the README's commands that the test does not run, by how they begin, and why.
var readmeNotRun = map[string]string{
	"make demo":                            "builds and installs; make test-bare runs it",
	"make test":                            "runs this test",
	"gavel serve --problems /srv/problems": "needs an outside NATS server",
	"gavel cancel ":                        "needs a submission that runs; testdata/kernel/kill.txtar and others cancel",
}

// readmeBlock is a block of commands.
type readmeBlock struct {
	line int // of its first command
	text string
}

// shellBlocks are the fenced blocks of a document that hold commands.
func shellBlocks(t *testing.T, path string) []readmeBlock {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []readmeBlock
	var open *readmeBlock
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case line == "```sh":
			open = &readmeBlock{line: i + 2}
		case line == "```" && open != nil:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return blocks
}

// readmeReader is somebody who types what the README says, in a directory that has what it speaks of.
type readmeReader struct {
	t      *testing.T
	dir    string
	state  string
	worker *exec.Cmd
	log    bytes.Buffer // of the worker; read when it has ended
}

// TestReadme runs the commands of the README from the top to the bottom, against real workers. Each must end with 0, which for
// a submission that is waited for means that it was accepted.
func TestReadme(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.RequireToolchain(t, sandboxtest.Program("g++"), sandboxtest.Program("python3"))
	sandboxtest.NoLeaks(t)
	r := newReadmeReader(t)
	blocks := shellBlocks(t, "../README.md")
	if len(blocks) < 10 {
		t.Fatalf("README.md has %d blocks of commands", len(blocks))
	}
	unused := map[string]bool{}
	for prefix := range readmeNotRun {
		unused[prefix] = true
	}
	for _, block := range blocks {
		r.run(block, unused)
	}
	r.stop()
	for prefix := range unused {
		t.Errorf("no line of the README begins with %q", prefix)
	}
	r.wantLines("students.graded/grades.csv", "student,id,name", "ada,1,Ada,,graded,python3,AC,100,100,100,30,30,40,",
		"bob,2,Bob,,graded,c,AC,30,100,30,30,0,0,", "Eve,3,Eve,,missing,")
	r.wantLines("results.jsonl", `"status":"OK"`, `"status":"OK"`, `"status":"OK"`, `"status":"OK"`)
}

// newReadmeReader makes the directory.
func newReadmeReader(t *testing.T) *readmeReader {
	t.Helper()
	r := &readmeReader{t: t, dir: t.TempDir()}
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
	prepared := filepath.Join(root, ".gavel/test/prepared")
	for _, err := range []error{
		os.Chmod(filepath.Join(r.dir, "prog"), 0o755),
		os.MkdirAll(prepared, 0o755), os.Mkdir(r.state, 0o755), os.Symlink(prepared, filepath.Join(r.state, "prepared")),
		os.Symlink(filepath.Join(root, "testcases"), filepath.Join(r.dir, "testcases")),
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

func (r *readmeReader) write(name string, data []byte) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// run types a block: what follows a worker or a subscription while these go on, as in another terminal.
func (r *readmeReader) run(block readmeBlock, unused map[string]bool) {
	r.t.Helper()
	var script string
	var heard []func()
	for line := range strings.Lines(block.text) {
		switch prefix := notRun(line); {
		case prefix != "":
			delete(unused, prefix)
		case strings.HasPrefix(line, "gavel serve"):
			r.shell(block.line, script)
			script = ""
			r.serve(line)
		case strings.HasPrefix(line, "nats sub "):
			heard = append(heard, r.subscribe(strings.TrimSpace(line)))
		default:
			script += line
		}
	}
	r.shell(block.line, script)
	for _, wait := range heard {
		wait()
	}
}

// notRun is the entry of readmeNotRun that a line begins with, or "".
func notRun(line string) string {
	for prefix := range readmeNotRun {
		if strings.HasPrefix(line, prefix) {
			return prefix
		}
	}
	return ""
}

// shell runs commands, of which none may fail. ID stands for a submission that was judged.
func (r *readmeReader) shell(line int, script string) {
	r.t.Helper()
	if script == "" {
		return
	}
	script = strings.ReplaceAll(script, " ID ", " s1 ")
	cmd := r.command("sh", "-euc", script)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Errorf("README.md:%d: %v\n%s\n%s", line, err, script, out)
	}
}

func (r *readmeReader) command(name string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), scriptPatience)
	r.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GAVEL_STATE_DIR="+r.state, "GAVEL_NATS_LISTEN=127.0.0.1:0", "GAVEL_HTTP=127.0.0.1:0",
		"XDG_CONFIG_HOME="+filepath.Join(r.dir, "config"), "GAVEL_PYTHON=cpython")
	if at, ok := state.FindEndpoint(r.state); ok {
		cmd.Env = append(cmd.Env, "NATS_URL="+at.NATS) // each worker of the test has a port of its own
	}
	return cmd
}

// serve stops the worker that there is, and starts the one that the line asks for.
func (r *readmeReader) serve(line string) {
	r.t.Helper()
	r.stop()
	r.log.Reset()
	r.worker = r.command("sh", "-c", "exec "+line)
	r.worker.Stderr = &r.log
	if err := r.worker.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.stop)
	err := until("worker of the README", func() bool {
		if allEnded([]*exec.Cmd{r.worker}) {
			return true
		}
		at, ok := state.FindEndpoint(r.state)
		return ok && at.PID == r.worker.Process.Pid
	})
	if err != nil || allEnded([]*exec.Cmd{r.worker}) {
		r.stop()
		r.t.Fatalf("%s: %v\n%s", line, err, r.log.String())
	}
}

// stop ends the worker, if there is one.
func (r *readmeReader) stop() {
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
func (r *readmeReader) subscribe(line string) (wait func()) {
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

// What the README shows of the demo are submissions that there are, with the verdicts of their directories.
func TestReadmeDemo(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{"accepted": "AC", "partially_accepted": "AC", "wrong_answer": "WA", "time_limit_exceeded": "TLE"}
	shown := 0
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 8 || fields[0] != "ok" {
			continue
		}
		shown++
		path := filepath.Join("../testcases", fields[1], fields[2])
		want := verdicts[filepath.Base(filepath.Dir(path))]
		if _, err := os.Stat(path); err != nil || fields[4] != want {
			t.Errorf("%s: %v, verdict %s, want %s", path, err, fields[4], want)
		}
	}
	if shown == 0 {
		t.Error("the README shows nothing of the demo")
	}
}

// wantLines looks into a file that the commands have written: each line has its text.
func (r *readmeReader) wantLines(name string, texts ...string) {
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

// natsMain is as much of the nats command line as the README uses, where that is not installed. It speaks to the server of the
// selected context, or in NATS_URL, with the key of the selected context.
func natsMain() {
	if err := natsCommand(os.Args[1:]); err != nil {
		os.Stderr.WriteString("nats: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func natsConnect() (*nats.Conn, error) {
	url, dir := os.Getenv("NATS_URL"), filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats")
	name, err := os.ReadFile(filepath.Join(dir, "context.txt"))
	if errors.Is(err, os.ErrNotExist) {
		return nats.Connect(url)
	}
	var selected struct{ URL, NKey string }
	text, err := os.ReadFile(filepath.Join(dir, "context", string(name)+".json"))
	if err == nil {
		err = json.Unmarshal(text, &selected)
	}
	if err != nil {
		return nil, err
	}
	key, err := nats.NkeyOptionFromSeed(selected.NKey)
	if err != nil {
		return nil, err
	}
	return nats.Connect(cmp.Or(url, selected.URL), key)
}

func natsCommand(args []string) error {
	conn, err := natsConnect()
	if err != nil {
		return err
	}
	defer conn.Close()
	words := strings.Join(args[:min(2, len(args))], " ")
	switch {
	case len(args) == 3 && args[0] == "pub":
		if err := conn.Publish(args[1], []byte(args[2])); err != nil {
			return err
		}
		return conn.Flush()
	case len(args) == 3 && args[0] == "req":
		reply, err := conn.Request(args[1], []byte(args[2]), time.Minute)
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(reply.Data)
		return err
	case len(args) == 5 && words == "stream get" && args[3] == "--last-for":
		js, err := conn.JetStream()
		if err != nil {
			return err
		}
		msg, err := js.GetLastMsg(args[2], args[4])
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(msg.Data)
		return err
	}
	return &os.PathError{Op: "run", Path: strings.Join(args, " "), Err: unix.ENOSYS}
}
