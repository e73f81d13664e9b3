package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// scriptPatience is how long a script waits for something to become true: containers and languages are made
// meanwhile, perhaps under the race detector on a busy machine.
const scriptPatience = 10 * time.Minute

// scriptCommands are the commands of the scripts beside those of testscript:
//
//	exits CODE PROGRAM ARG...   run a program that must end with this code
//	await FILE [TEXT]           wait until the file is there, with the text in it
//	serving [STATE]             wait until the worker of the state directory takes submissions
//	busy [STATE]                wait until it judges a submission
//	terminate [STATE]           send it SIGTERM
//	hangup [STATE]              send it SIGHUP
//	murder [STATE]              send it SIGKILL, and wait until its containers are gone
//	example NAME ARG...         run one of queue/client/examples
//	remember NAME REGEXP        set a variable to what the first group matches in the last stdout
//	judgements N                the last stdout must hold N objects beside events, each as configs/schemas/judgement.json
//	conforms SCHEMA FILE        it must be as the schema of that name in configs/schemas
//	picture                     the last stdout must be as configs/schemas/top.json
//	eventually REGEXP PROGRAM ARG...  run a program, however it ends, until its stdout matches
//	get PATH [STATE]            fetch a page of it; stdout is the status and the body
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"exits":      scriptExits,
		"await":      scriptAwait,
		"serving":    scriptServing,
		"busy":       scriptBusy,
		"terminate":  scriptTerminate,
		"hangup":     scriptHangup,
		"murder":     scriptMurder,
		"example":    scriptExample,
		"remember":   scriptRemember,
		"judgements": scriptJudgements,
		"conforms":   scriptConforms,
		"picture":    scriptPicture,
		"eventually": scriptEventually,
		"get":        scriptGet,
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v exited with %d, want %d", args[1:], got, want)
	}
}

func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: await FILE [TEXT]")
	}
	file, text := ts.MkAbs(args[0]), strings.Join(args[1:], "")
	ts.Check(until("file "+file, func() bool {
		data, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(data), text) || text == "" && wholefile.Exists(file)
	}))
}

// until waits for something to become true.
func until(what string, isTrue func() bool) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.Now().Add(scriptPatience)
	for !isTrue() {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %v", what, scriptPatience)
		}
		<-tick.C
	}
	return nil
}

// scriptState is the state directory that a command means.
func scriptState(ts *testscript.TestScript, args []string) string {
	if len(args) > 0 {
		return ts.MkAbs(args[0])
	}
	return ts.Getenv("GAVEL_STATE_DIR")
}

func scriptServing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: serving [STATE]")
	}
	dir := scriptState(ts, args)
	ts.Check(until("worker of "+dir, func() bool {
		if allEnded(ts.BackgroundCmds()) {
			ts.Fatalf("the worker has ended")
		}
		at, ok := state.FindEndpoint(dir)
		if !ok {
			return false
		}
		status, _, err := fetch(at.HTTP + "/readyz")
		return err == nil && status == http.StatusOK
	}))
}

// allEnded reports whether there is nothing left to wait for.
func allEnded(commands []*exec.Cmd) bool {
	for _, c := range commands {
		if !errors.Is(c.Process.Signal(unix.Signal(0)), os.ErrProcessDone) {
			return false
		}
	}
	return true
}

// busySlots finds that at least one slot of a worker judges.
var busySlots = regexp.MustCompile(`(?m)^judge_slots_busy [1-9]`)

func scriptBusy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: busy [STATE]")
	}
	dir := scriptState(ts, args)
	ts.Check(until("a submission in hand of the worker of "+dir, func() bool {
		at, _ := state.FindEndpoint(dir)
		_, body, err := fetch(at.HTTP + "/metrics")
		return err == nil && busySlots.MatchString(body)
	}))
}

func scriptTerminate(ts *testscript.TestScript, neg bool, args []string) {
	signalWorker(ts, neg, args, unix.SIGTERM)
}

func scriptHangup(ts *testscript.TestScript, neg bool, args []string) {
	signalWorker(ts, neg, args, unix.SIGHUP)
}

func signalWorker(ts *testscript.TestScript, neg bool, args []string, signal unix.Signal) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: terminate [STATE], hangup [STATE]")
	}
	at, ok := state.FindEndpoint(scriptState(ts, args))
	if !ok {
		ts.Fatalf("no worker there")
	}
	ts.Check(unix.Kill(at.PID, signal))
}

// scriptMurder kills the worker. Its containers must end by themselves.
func scriptMurder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: murder [STATE]")
	}
	at, ok := state.FindEndpoint(scriptState(ts, args))
	if !ok {
		ts.Fatalf("no worker there")
	}
	children, err := childrenOf(at.PID)
	ts.Check(err)
	if len(children) == 0 {
		ts.Fatalf("worker %d has no containers", at.PID)
	}
	ts.Check(unix.Kill(at.PID, unix.SIGKILL))
	for _, pid := range children {
		ts.Check(until(fmt.Sprintf("end of container server %d", pid), func() bool {
			return errors.Is(unix.Kill(pid, 0), unix.ESRCH)
		}))
	}
}

// childrenOf lists the child processes of pid, whichever thread started them.
func childrenOf(pid int) ([]int, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	var children []int
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for field := range strings.FieldsSeq(string(data)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				return nil, err
			}
			children = append(children, child)
		}
	}
	return children, nil
}

func scriptEventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually REGEXP PROGRAM ARG...")
	}
	wanted, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ts.Check(until("stdout that matches "+args[0], func() bool {
		_ = ts.Exec(args[1], args[2:]...) // what counts is what it says
		return wanted.MatchString(ts.ReadFile("stdout"))
	}))
}

func scriptRemember(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: remember NAME REGEXP")
	}
	match := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) != 2 {
		ts.Fatalf("stdout has no %s with one group", args[1])
	}
	ts.Setenv(args[0], match[1])
}

// scriptJudgements holds what judge, verify, submit and watch print to one schema.
func scriptJudgements(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: judgements N")
	}
	schema, err := schematest.Load("judgement.json")
	ts.Check(err)
	found := 0
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var event struct{ Stage *string }
		ts.Check(json.Unmarshal([]byte(line), &event))
		if event.Stage != nil {
			continue
		}
		found++
		ts.Check(schematest.Validate(schema, []byte(line)))
	}
	if strconv.Itoa(found) != args[0] {
		ts.Fatalf("%d judgements, want %s", found, args[0])
	}
}

// scriptConforms holds a file that gavel writes to its schema.
func scriptConforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: conforms SCHEMA FILE")
	}
	schema, err := schematest.Load(args[0])
	ts.Check(err)
	ts.Check(schematest.Validate(schema, []byte(ts.ReadFile(args[1]))))
}

// scriptPicture holds what top prints to its schema.
func scriptPicture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: picture")
	}
	schema, err := schematest.Load("top.json")
	ts.Check(err)
	ts.Check(schematest.Validate(schema, []byte(ts.ReadFile("stdout"))))
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: get PATH [STATE]")
	}
	at, ok := state.FindEndpoint(scriptState(ts, args[1:]))
	if !ok {
		ts.Fatalf("no worker there")
	}
	status, body, err := fetch(at.HTTP + args[0])
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d\n%s", status, body)
}

func fetch(url string) (status int, body string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no connection is left behind
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}
