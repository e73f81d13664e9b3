package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/messagetest"
	"github.com/gaveloj/gavel/message/verdict"
)

// served is a worker with a run service.
type served struct {
	*running
	drain, kill context.CancelFunc // of both
	ended       chan error
}

// serveRuns starts a worker with a run service, and waits until both are there.
func serveRuns(t testing.TB, conn *client.Conn, cfg Config, run Runner) *served {
	t.Helper()
	r := start(t, conn, cfg, accept)
	service := NewService(r.Worker, ServiceConfig{Version: "v1.2.3-rc.1", Languages: []string{"c", "python3"}}, run)
	fetchCtx, drain := context.WithCancel(context.Background())
	workCtx, kill := context.WithCancel(context.Background())
	s := &served{running: r, ended: make(chan error, 1)}
	s.drain = func() { r.drain(); drain() }
	s.kill = func() { r.kill(); kill() }
	var loop sync.WaitGroup
	loop.Go(func() { s.ended <- service.Run(fetchCtx, workCtx) })
	t.Cleanup(func() {
		s.drain()
		s.kill()
		loop.Wait()
	})
	eventually(t, "the worker takes work", r.Ready)
	eventually(t, "the service is there", func() bool {
		_, err := conn.NATS().Request("$SRV.PING.judge", nil, time.Second)
		return err == nil
	})
	return s
}

// echo answers with the inputs, and with the first source for the version of the language.
func echo(_ context.Context, r message.RunRequest, _ string, _ int) (message.RunResult, error) {
	result := message.RunResult{Version: 1, ID: r.ID, Language: r.Language, LanguageVersion: string(r.Files[0].Bytes()), Status: message.RunOK, Runs: []message.Run{}}
	for _, in := range r.Inputs {
		result.Runs = append(result.Runs, message.Run{Name: in.Name, Status: message.RunOK, Stdout: message.RunOutput{Text: string(in.Bytes())}})
	}
	return result, nil
}

// blocking is echo that waits for a sign, and tells when it has begun.
func blocking(begun chan<- string, goOn <-chan struct{}) Runner {
	return func(ctx context.Context, r message.RunRequest, path string, most int) (message.RunResult, error) {
		begun <- path
		select {
		case <-goOn:
			return echo(ctx, r, path, most)
		case <-ctx.Done():
			return message.RunResult{}, context.Cause(ctx)
		}
	}
}

func runRequest(inputs ...string) message.RunRequest {
	r := message.RunRequest{Version: 1, ID: "r1", Language: "c", Files: []message.SourceFile{{Name: "a.c", Text: "x"}}}
	for _, text := range inputs {
		r.Inputs = append(r.Inputs, message.RunInput{Text: text})
	}
	return r
}

// asker sends any bytes to a subject, and checks what comes back. What a slot that just looks for submissions turns away
// is sent again, unless the test waits for that.
func asker(t testing.TB, conn *client.Conn) func(subject, payload string, busy bool) (*nats.Msg, message.RunResult) {
	results := schema(t, "run-result.json")
	return func(subject, payload string, busy bool) (*nats.Msg, message.RunResult) {
		t.Helper()
		for {
			msg, err := conn.NATS().RequestWithContext(testContext(t), subject, []byte(payload))
			if err != nil {
				t.Fatalf("request to %s: %v", subject, err)
			}
			if err := validate(t, results, msg.Data); err != nil {
				t.Errorf("reply: %v\n%.400s", err, msg.Data)
			}
			var result message.RunResult
			if err := json.Unmarshal(msg.Data, &result); err != nil {
				t.Fatal(err)
			}
			if result.Error == nil || result.Error.Class != message.RunBusy || busy {
				return msg, result
			}
			pause(t.Context(), time.Millisecond)
		}
	}
}

func TestRunService(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	serveRuns(t, conn, quick(), echo)
	got, err := client.New(conn).Run(testContext(t), message.DefaultPool, runRequest("1", "2"))
	want, _ := echo(t.Context(), runRequest("1", "2"), "", 0)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Run() = %v (-want +got):\n%s", err, diff)
	}
	ask := asker(t, conn)
	for _, subject := range []string{"judge.run", "judge.run.default"} {
		if _, result := ask(subject, messagetest.GoodRun(), false); result.Status != message.RunOK {
			t.Errorf("%s: %+v", subject, result)
		}
	}
	mine := runRequest("1")
	mine.ID = "arena.r1"
	object, err := conn.PutObject(testContext(t), message.FilesBucket("r1"), "source", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.New(conn).Run(testContext(t), message.DefaultPool, mine); err != nil || got.ID != "arena.r1" {
		t.Errorf("with a namespace: %+v, %v", got, err)
	}
	stored := runRequest("1")
	stored.Files[0] = message.SourceFile{Name: "a.c", Object: &object}
	if got, err := client.New(conn).Run(testContext(t), message.DefaultPool, stored); err != nil || got.LanguageVersion != "x" {
		t.Errorf("a source in the object store: %+v, %v", got, err)
	}
	for _, test := range messagetest.BadRuns {
		msg, result := ask("judge.run", test.Payload, false)
		if result.Error == nil || !strings.Contains(result.Error.Message, test.Want) ||
			msg.Header.Get(micro.ErrorCodeHeader) != string(result.Error.Class) || msg.Header.Get(micro.ErrorHeader) == "" {
			t.Errorf("%s: %+v, headers %v; want %q", test.Name, result.Error, msg.Header, test.Want)
		}
	}
	for subject, id := range map[string]string{"judge.run": "arena.r1", "judge.run.default.other": "arena.r1", "judge.run.default.arena": "r1"} {
		_, result := ask(subject, messagetest.WithRun("id", id), false)
		if result.Error == nil || result.Error.Class != message.RunRefused || !strings.Contains(result.Error.Message, "field id") {
			t.Errorf("%s on %s: %+v", id, subject, result.Error)
		}
	}
	if _, err := client.New(conn).Run(testContext(t), "elsewhere", runRequest("")); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("pool without workers: %v", err)
	}
	if _, err := client.New(conn).Run(testContext(t), "default", runRequest()); !errors.Is(err, message.ErrRejected) {
		t.Errorf("no inputs: %v", err)
	}
}

// What `nats micro` asks is answered, as it expects.
func TestRunServiceIsVisible(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	cfg := quick()
	cfg.Pool, cfg.Name = "gpu", "w7"
	serveRuns(t, conn, cfg, echo)
	control := func(verb string, into any) {
		t.Helper()
		msg, err := conn.NATS().RequestWithContext(testContext(t), "$SRV."+verb+".judge", nil)
		if err == nil {
			err = json.Unmarshal(msg.Data, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var info micro.Info
	control("INFO", &info)
	if info.Name != "judge" || info.Version != "1.2.3-rc.1" || info.Metadata["pool"] != "gpu" ||
		info.Metadata["worker"] != "w7" || info.Metadata["languages"] != "c,python3" ||
		len(info.Endpoints) != 2 || info.Endpoints[0].Subject != "judge.run.gpu" || info.Endpoints[0].Name != "run" ||
		info.Endpoints[1].Subject != "judge.run.gpu.*" {
		t.Errorf("info %+v", info)
	}
	ask := asker(t, conn)
	ask("judge.run.gpu", messagetest.GoodRun(), false)
	ask("judge.run.gpu", "{}", false)
	want := runStats{Done: 1, Failed: 1}
	eventually(t, "the figures are told", func() bool {
		var stats micro.Stats
		control("STATS", &stats)
		var got runStats
		if err := json.Unmarshal(stats.Endpoints[0].Data, &got); err != nil {
			t.Fatal(err)
		}
		got.Busy = 0
		return stats.Endpoints[0].NumRequests >= 2 && got == want
	})
}

func TestSemanticVersions(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "v0.0.0-20261126203132-43ed9de1a2b3+dirty": "0.0.0-20261126203132-43ed9de1a2b3+dirty", "(devel)": "0.0.0", "": "0.0.0",
	} {
		if got := semantic(version); got != want {
			t.Errorf("semantic(%q) = %q, want %q", version, got, want)
		}
	}
}

// Beyond its slots a worker says so at once, to requests and for submissions alike.
func TestRunServiceIsBusy(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	begun, goOn := make(chan string, 10), make(chan struct{})
	s := serveRuns(t, conn, quick(), blocking(begun, goOn))
	c := client.New(conn)
	first := make(chan error, 1)
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() {
		_, err := c.Run(testContext(t), message.DefaultPool, runRequest("1"))
		first <- err
	})
	receive(t, begun, "the first request")
	msg, result := asker(t, conn)("judge.run", messagetest.GoodRun(), true)
	if result.Error == nil || result.Error.Class != message.RunBusy || msg.Header.Get(micro.ErrorCodeHeader) != "busy" {
		t.Errorf("reply %+v, headers %v", result, msg.Header)
	}
	_, err := c.Run(testContext(t), message.DefaultPool, runRequest("2"))
	var reason *message.RunError
	if !errors.Is(err, client.ErrBusy) || !errors.As(err, &reason) || reason.Class != message.RunBusy {
		t.Errorf("Run() = %v, want ErrBusy", err)
	}
	if _, ok := s.Borrow(); ok {
		t.Error("the slot of the request was lent again")
	}
	close(goOn)
	if err := receive(t, first, "the first result"); err != nil {
		t.Errorf("the first request: %v", err)
	}
	if _, err := c.Run(testContext(t), message.DefaultPool, runRequest("3")); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// A client finds the worker that is free. Each request runs once, and there are never more than slots.
func TestRunsShareWorkers(t *testing.T) {
	srv := embeddedServer(t)
	const workers, requests = 3, 40
	var now, most, total atomic.Int64
	for i := range workers {
		cfg := quick()
		cfg.Name = fmt.Sprint("w", i)
		serveRuns(t, connect(t, srv.URL()), cfg, func(ctx context.Context, r message.RunRequest, path string, room int) (message.RunResult, error) {
			total.Add(1)
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			pause(ctx, time.Millisecond)
			return echo(ctx, r, path, room)
		})
	}
	c := client.New(connect(t, srv.URL()))
	var asking sync.WaitGroup
	for i := range requests {
		asking.Go(func() {
			text := fmt.Sprint(i)
			for {
				got, err := c.Run(testContext(t), message.DefaultPool, runRequest(text))
				if errors.Is(err, client.ErrBusy) {
					continue // all of them ask at the same time
				}
				if err != nil || len(got.Runs) != 1 || got.Runs[0].Stdout.Text != text {
					t.Errorf("request %d: %+v, %v", i, got, err)
				}
				return
			}
		})
	}
	asking.Wait()
	if most.Load() > workers || total.Load() != requests {
		t.Errorf("%d at a time on %d slots, %d runs of %d requests", most.Load(), workers, total.Load(), requests)
	}
}

// Whatever a run does, the worker goes on, and who asked is told.
func TestRunServiceSurvives(t *testing.T) {
	conn := connect(t, embeddedServer(t).URL())
	faults := map[string]error{
		"host": errors.New("disk is gone"), "refused": message.Refuse(verdict.ClassProblem, errors.New("no")),
		"language": message.Refuse(verdict.ClassLanguage, errors.New("no cobol")),
	}
	serveRuns(t, conn, quick(), func(ctx context.Context, r message.RunRequest, path string, most int) (message.RunResult, error) {
		switch name := r.Inputs[0].Text; name {
		case "panic":
			panic("made for this test")
		case "large":
			result, err := echo(ctx, r, path, most)
			result.Runs[0].Stdout.Text = strings.Repeat("x", most)
			return result, err
		case "good":
			return echo(ctx, r, path, most)
		default:
			return message.RunResult{}, faults[name]
		}
	})
	for _, test := range []struct {
		name  string
		class message.RunClass
		says  string
	}{
		{"panic", message.RunHost, "panic while running"},
		{"large", message.RunRefused, "send fewer inputs"},
		{"host", message.RunHost, "disk is gone"},
		{"refused", message.RunRefused, "no"},
		{"language", message.RunLanguage, "no cobol"},
	} {
		result, err := client.New(conn).Run(testContext(t), message.DefaultPool, runRequest(test.name))
		var reason *message.RunError
		if !errors.As(err, &reason) || reason.Class != test.class || !strings.Contains(reason.Message, test.says) || result.ID != "r1" ||
			errors.Is(err, message.ErrRejected) != (test.class == message.RunRefused || test.class == message.RunLanguage) {
			t.Errorf("%s: %+v, %v", test.name, result, err)
		}
		if _, err := client.New(conn).Run(testContext(t), message.DefaultPool, runRequest("good")); err != nil {
			t.Errorf("after %s: %v", test.name, err)
		}
	}
}
