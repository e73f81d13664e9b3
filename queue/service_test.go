package queue

import (
	"bytes"
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
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// served is a worker with a run service.
type served struct {
	*running
	Drain, Kill context.CancelFunc // of both
	ended       chan error
}

// serveRuns starts a worker with a run service, and waits until both are there.
func serveRuns(t testing.TB, conn *client.Conn, cfg Config, run Runner) *served {
	t.Helper()
	r := start(t, conn, cfg, queuetest.Accept)
	service := NewService(r.Worker, ServiceConfig{Version: "v1.2.3-rc.1", Languages: []string{"c", "python3"}}, run)
	fetchCtx, drain := context.WithCancel(context.Background())
	workCtx, kill := context.WithCancel(context.Background())
	s := &served{running: r, ended: make(chan error, 1)}
	s.Drain = func() { r.Drain(); drain() }
	s.Kill = func() { r.Kill(); kill() }
	var loop sync.WaitGroup
	loop.Go(func() { s.ended <- service.Run(fetchCtx, workCtx) })
	t.Cleanup(func() {
		s.Drain()
		s.Kill()
		loop.Wait()
	})
	queuetest.Eventually(t, "the worker takes work", takesWork(r))
	queuetest.Eventually(t, "the service is there", func() bool {
		_, err := conn.NATS().Request("$SRV.PING.judge", nil, time.Second)
		return err == nil
	})
	return s
}

// echo answers with the inputs, and with the first source for the version of the language.
func echo(_ context.Context, r api.RunRequest, _ string, _ int) (api.RunResult, error) {
	result := api.RunResult{Version: 1, ID: r.ID, Language: r.Language, LanguageVersion: string(r.Files[0].Bytes()), Status: api.RunOK, Runs: []api.Run{}}
	for _, in := range r.Inputs {
		result.Runs = append(result.Runs, api.Run{Name: in.Name, Status: api.RunOK, Stdout: api.RunOutput{Text: string(in.Bytes())}})
	}
	return result, nil
}

// blocking is echo that waits for a sign, and tells when it has begun.
func blocking(begun chan<- string, goOn <-chan struct{}) Runner {
	return func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
		begun <- path
		select {
		case <-goOn:
			return echo(ctx, r, path, most)
		case <-ctx.Done():
			return api.RunResult{}, context.Cause(ctx)
		}
	}
}

func runRequest(inputs ...string) api.RunRequest {
	r := api.RunRequest{Version: 1, ID: "r1", Language: "c", Files: []api.SourceFile{{Name: "a.c", Text: "x"}}}
	for _, text := range inputs {
		r.Inputs = append(r.Inputs, api.RunInput{Text: text})
	}
	return r
}

// asker sends any bytes to a subject, and checks what comes back. What a slot that just looks for submissions turns away
// is sent again, unless the test waits for that.
func asker(t testing.TB, conn *client.Conn) func(subject, payload string, busy bool) (*nats.Msg, api.RunResult) {
	results := schematest.Schema(t, "run-result.json")
	return func(subject, payload string, busy bool) (*nats.Msg, api.RunResult) {
		t.Helper()
		for {
			msg, err := conn.NATS().RequestWithContext(queuetest.Context(t), subject, []byte(payload))
			if err != nil {
				t.Fatalf("request to %s: %v", subject, err)
			}
			if err := schematest.Validate(results, msg.Data); err != nil {
				t.Errorf("reply: %v\n%.400s", err, msg.Data)
			}
			var result api.RunResult
			if err := json.Unmarshal(msg.Data, &result); err != nil {
				t.Fatal(err)
			}
			if result.Error == nil || result.Error.Class != api.RunBusy || busy {
				return msg, result
			}
			retry.Sleep(t.Context(), time.Millisecond)
		}
	}
}

func TestRunService(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	serveRuns(t, conn, quick(), echo)
	got, err := client.New(conn).Run(queuetest.Context(t), message.DefaultPool, runRequest("1", "2"))
	want, _ := echo(t.Context(), runRequest("1", "2"), "", 0)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Run() = %v (-want +got):\n%s", err, diff)
	}
	ask := asker(t, conn)
	for _, subject := range []string{"judge.run", "judge.run.default"} {
		if _, result := ask(subject, apitest.GoodRun(), false); result.Status != api.RunOK {
			t.Errorf("%s: %+v", subject, result)
		}
	}
	mine := runRequest("1")
	mine.ID = "arena.r1"
	object, err := conn.PutObject(queuetest.Context(t), message.FilesBucket("r1"), "source", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := client.New(conn).Run(queuetest.Context(t), message.DefaultPool, mine); err != nil || got.ID != "arena.r1" {
		t.Errorf("with a namespace: %+v, %v", got, err)
	}
	stored := runRequest("1")
	stored.Files[0] = api.SourceFile{Name: "a.c", Object: &object}
	if got, err := client.New(conn).Run(queuetest.Context(t), message.DefaultPool, stored); err != nil || got.LanguageVersion != "x" {
		t.Errorf("a source in the object store: %+v, %v", got, err)
	}
	for _, test := range apitest.BadRuns {
		msg, result := ask("judge.run", test.Payload, false)
		if result.Error == nil || !strings.Contains(result.Error.Message, test.Want) ||
			msg.Header.Get(micro.ErrorCodeHeader) != string(result.Error.Class) || msg.Header.Get(micro.ErrorHeader) == "" {
			t.Errorf("%s: %+v, headers %v; want %q", test.Name, result.Error, msg.Header, test.Want)
		}
	}
	for subject, id := range map[string]string{"judge.run": "arena.r1", "judge.run.default.other": "arena.r1", "judge.run.default.arena": "r1"} {
		_, result := ask(subject, apitest.WithRun("id", id), false)
		if result.Error == nil || result.Error.Class != api.RunRefused || !strings.Contains(result.Error.Message, "field id") {
			t.Errorf("%s on %s: %+v", id, subject, result.Error)
		}
	}
	if _, err := client.New(conn).Run(queuetest.Context(t), "elsewhere", runRequest("")); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("pool without workers: %v", err)
	}
	if _, err := client.New(conn).Run(queuetest.Context(t), "default", runRequest()); !errors.Is(err, api.ErrRejected) {
		t.Errorf("no inputs: %v", err)
	}
}

// What `nats micro` asks is answered, as it expects.
func TestRunServiceIsVisible(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	cfg := quick()
	cfg.Pool, cfg.Name = "gpu", "w7"
	serveRuns(t, conn, cfg, echo)
	control := func(verb string, into any) {
		t.Helper()
		msg, err := conn.NATS().RequestWithContext(queuetest.Context(t), "$SRV."+verb+".judge", nil)
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
		len(info.Endpoints) != 2 || info.Endpoints[0].Subject != "judge.run.gpu" || info.Endpoints[0].Name != "run-gpu" ||
		info.Endpoints[1].Subject != "judge.run.gpu.*" || info.Endpoints[1].Name != "run-gpu-namespaces" {
		t.Errorf("info %+v", info)
	}
	ask := asker(t, conn)
	ask("judge.run.gpu", apitest.GoodRun(), false)
	ask("judge.run.gpu", "{}", false)
	want := message.RunStats{Done: 1, Failed: 1}
	queuetest.Eventually(t, "the figures are told", func() bool {
		var stats micro.Stats
		control("STATS", &stats)
		var got message.RunStats
		if err := json.Unmarshal(stats.Endpoints[0].Data, &got); err != nil {
			t.Fatal(err)
		}
		timed := got.ProcessingTime > 0 && got.AverageProcessingTime == got.ProcessingTime/2
		got.Busy, got.ProcessingTime, got.AverageProcessingTime = 0, 0, 0
		return stats.Endpoints[0].NumRequests >= 2 && cmp.Equal(got, want) && timed
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
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	begun, goOn := make(chan string, 10), make(chan struct{})
	s := serveRuns(t, conn, quick(), blocking(begun, goOn))
	c := client.New(conn)
	first := make(chan error, 1)
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() {
		_, err := c.Run(queuetest.Context(t), message.DefaultPool, runRequest("1"))
		first <- err
	})
	queuetest.Receive(t, begun, "the first request")
	msg, result := asker(t, conn)("judge.run", apitest.GoodRun(), true)
	if result.Error == nil || result.Error.Class != api.RunBusy || msg.Header.Get(micro.ErrorCodeHeader) != "busy" {
		t.Errorf("reply %+v, headers %v", result, msg.Header)
	}
	_, err := c.Run(queuetest.Context(t), message.DefaultPool, runRequest("2"))
	var reason *api.RunError
	if !errors.Is(err, client.ErrBusy) || !errors.As(err, &reason) || reason.Class != api.RunBusy {
		t.Errorf("Run() = %v, want ErrBusy", err)
	}
	if _, ok := s.Borrow(); ok {
		t.Error("the slot of the request was lent again")
	}
	close(goOn)
	if err := queuetest.Receive(t, first, "the first result"); err != nil {
		t.Errorf("the first request: %v", err)
	}
	if _, err := c.Run(queuetest.Context(t), message.DefaultPool, runRequest("3")); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// A client finds the worker that is free. Each request runs once, and there are never more than slots.
func TestRunsShareWorkers(t *testing.T) {
	srv := queuetest.Server(t)
	const workers, requests = 3, 40
	var now, most, total atomic.Int64
	for i := range workers {
		cfg := quick()
		cfg.Name = fmt.Sprint("w", i)
		serveRuns(t, queuetest.Connect(t, srv.URL()), cfg, func(ctx context.Context, r api.RunRequest, path string, room int) (api.RunResult, error) {
			total.Add(1)
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			retry.Sleep(ctx, time.Millisecond)
			return echo(ctx, r, path, room)
		})
	}
	c := client.New(queuetest.Connect(t, srv.URL()))
	var asking sync.WaitGroup
	for i := range requests {
		asking.Go(func() {
			text := fmt.Sprint(i)
			for {
				got, err := c.Run(queuetest.Context(t), message.DefaultPool, runRequest(text))
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
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	faults := map[string]error{
		"host": errors.New("disk is gone"), "refused": api.Refuse(verdict.ClassProblem, errors.New("no")),
		"language": api.Refuse(verdict.ClassLanguage, errors.New("no cobol")),
	}
	serveRuns(t, conn, quick(), func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
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
			return api.RunResult{}, faults[name]
		}
	})
	ask := func(name string) (api.RunResult, error) {
		r := runRequest(name)
		r.WaitUsec = queuetest.Patience.Microseconds() // the only slot may just be looking for submissions
		return client.New(conn).Run(queuetest.Context(t), message.DefaultPool, r)
	}
	for _, test := range []struct {
		name  string
		class api.RunClass
		says  string
	}{
		{"panic", api.RunHost, "panic while running"},
		{"large", api.RunRefused, "send fewer inputs"},
		{"host", api.RunHost, "disk is gone"},
		{"refused", api.RunRefused, "no"},
		{"language", api.RunLanguage, "no cobol"},
	} {
		result, err := ask(test.name)
		var reason *api.RunError
		if !errors.As(err, &reason) || reason.Class != test.class || !strings.Contains(reason.Message, test.says) || result.ID != "r1" ||
			errors.Is(err, api.ErrRejected) != (test.class == api.RunRefused || test.class == api.RunLanguage) {
			t.Errorf("%s: %+v, %v", test.name, result, err)
		}
		if _, err := ask("good"); err != nil {
			t.Errorf("after %s: %v", test.name, err)
		}
	}
}

// The log names a run by what its caller named it, where he did.
func TestRunIsLoggedByItsToken(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	var log bytes.Buffer
	cfg := quick()
	cfg.Log = zerolog.New(zerolog.SyncWriter(&log))
	s := serveRuns(t, conn, cfg, echo)
	payload, err := json.Marshal(runRequest("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"token-1", ""} {
		msg := &nats.Msg{Subject: "judge.run", Data: payload, Header: nats.Header{}}
		if token != "" {
			msg.Header.Set(message.RunTokenHeader, token)
		}
		for class := string(api.RunBusy); class == string(api.RunBusy); { // a slot may just look for submissions
			reply, err := conn.NATS().RequestMsgWithContext(queuetest.Context(t), msg)
			if err != nil {
				t.Fatal(err)
			}
			class = reply.Header.Get(micro.ErrorCodeHeader)
		}
	}
	s.Drain()
	if err := <-s.ended; err != nil {
		t.Errorf("Run() = %v", err)
	}
	s.Stop(t)
	var got []string
	for line := range strings.Lines(log.String()) {
		var event struct{ Message, Run, Outcome string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatal(err)
		}
		if event.Message == "run request served" && event.Outcome == "ok" {
			got = append(got, event.Run)
		}
	}
	if diff := cmp.Diff([]string{"token-1", ""}, got); diff != "" {
		t.Errorf("runs in the log (-want +got):\n%s", diff)
	}
}
