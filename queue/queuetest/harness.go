package queuetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// Patience is how long a test waits for what must happen.
const Patience = time.Minute

// Context ends with the test, or when it takes far too long.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Receive waits for something to come out of a channel.
func Receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(Patience):
		t.Fatalf("waited %v for %s", Patience, what)
		panic("not reached")
	}
}

// Eventually asks again and again until ok says yes.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	ctx := Context(t)
	for !ok() {
		if !retry.Sleep(ctx, 2*time.Millisecond) {
			t.Fatalf("waited %v until %s", Patience, what)
		}
	}
}

func Submission(id string) api.Submission {
	return api.Submission{
		Version: 1, ID: id, Attempt: 1, Problem: "sum", Language: "cpp17",
		Files: []api.SourceFile{{Name: "a.cpp", Text: "int main() {}"}},
	}
}

// Accept judges everything right.
func Accept(_ context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
	emit(api.Event{Stage: api.StageCompiling})
	emit(api.Event{Stage: api.StageTest, Test: 1, Tests: 1})
	return Accepted(s), nil
}

func Accepted(s api.Submission) api.Report {
	return api.Report{
		Language: s.Language, LanguageVersion: "g++ 12", Verdict: verdict.Accepted,
		CPUUsec: 1000, WallUsec: 2000, PeakMemory: 4096, TimeLimitUsec: 1_000_000, MemoryLimit: 1 << 28,
		Tests: []api.TestReport{{Name: "secret/1", Verdict: verdict.Accepted, CPUUsec: 1000, WallUsec: 2000, PeakMemory: 4096}},
	}
}

func Submit(t testing.TB, conn *client.Conn, subs ...api.Submission) {
	t.Helper()
	for _, s := range subs {
		if err := client.New(conn).Submit(Context(t), message.DefaultPool, message.LanePractice, s, client.StoreAnyway); err != nil {
			t.Fatal(err)
		}
	}
}

// Publish puts any bytes into the lane.
func Publish(t testing.TB, conn *client.Conn, payload []byte) {
	t.Helper()
	if _, err := conn.JetStream().Publish(Context(t), message.SubmissionSubject(message.DefaultPool, message.LanePractice, ""), payload); err != nil {
		t.Fatal(err)
	}
}

func WaitVerdict(t testing.TB, conn *client.Conn, id string) api.Report {
	t.Helper()
	report, err := client.New(conn).Wait(Context(t), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func DecodeJSON(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("decode %s: %v", data, err)
	}
}
