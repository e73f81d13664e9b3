package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// large is a submission whose files are together too much for a message of a server with the usual limit, 1 MiB.
func large(id string) api.Submission {
	s := queuetest.Submission(id)
	s.Files = append(s.Files,
		api.SourceFile{Name: "big.h", Content: bytes.Repeat([]byte{0, 1, 2, 255}, 1<<20)},
		api.SourceFile{Name: "text.h", Text: strings.Repeat("// \x01 é\n", 1<<17)},
		api.SourceFile{Name: "empty.h"},
	)
	return s
}

// Large files go through the object store, and the judge sees them as they were.
func TestLargeSources(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 1 << 40}))
	want := large("s1")
	same := func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		for i, f := range want.Files {
			if got := s.Files[i]; got.Name != f.Name || !bytes.Equal(got.Bytes(), f.Bytes()) || got.Object != nil {
				return api.Report{}, api.Refuse(verdict.ClassProblem, fmt.Errorf("file %s came as %s with %d bytes", f.Name, got.Name, len(got.Bytes())))
			}
		}
		return queuetest.Accepted(s), nil
	}
	submitWhenReady(t, conn, want)
	waiting := queuetest.Messages(t, conn, message.StreamSubmissions)
	if err := schematest.Validate(schematest.Schema(t, "submission.json"), waiting[0].Data); err != nil || len(waiting[0].Data) > 4096 {
		t.Errorf("message of %d bytes: %v", len(waiting[0].Data), err)
	}
	if want.Files[1].Object != nil || len(want.Files[1].Content) != 4<<20 {
		t.Error("Submit changed the files of the one who submits")
	}
	start(t, conn, quick(), same)
	if r := queuetest.WaitVerdict(t, conn, "s1"); r.Verdict != verdict.Accepted {
		t.Errorf("verdict %s: %+v", r.Verdict, r.Error)
	}
	bucket, err := conn.JetStream().ObjectStore(queuetest.Context(t), message.FilesBucket(""))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := bucket.List(queuetest.Context(t)); err != nil || len(all) != 2 {
		t.Errorf("%d objects, %v; want those of the two large files", len(all), err)
	}
}

// What an object store does not have, or has otherwise, is told to the one who submitted.
func TestLostSources(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	bucket, err := conn.JetStream().ObjectStore(queuetest.Context(t), message.FilesBucket(""))
	if err != nil {
		t.Fatal(err)
	}
	sound, err := conn.PutObject(queuetest.Context(t), message.FilesBucket(""), "sound", strings.NewReader("int main() {}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.PutString(queuetest.Context(t), "other", "int nain() {}"); err != nil {
		t.Fatal(err)
	}
	with := func(id, name string, size int64) api.Submission {
		s := queuetest.Submission(id)
		s.Files = []api.SourceFile{{Name: "a.cpp", Object: &api.FileObject{Name: name, Bytes: size, SHA256: sound.SHA256}}}
		return s
	}
	start(t, conn, quick(), queuetest.Accept)
	for _, test := range []struct {
		s    api.Submission
		want string
	}{
		{with("ok", "sound", sound.Bytes), ""},
		{with("lost", "nothing", 5), "never uploaded, or its time there is over"},
		{with("changed", "other", sound.Bytes), "its SHA-256 is"},
		{with("short", "sound", 5), "it has 13 bytes, want 5"},
		{with("namespace.s1", "sound", sound.Bytes), "never uploaded"},
	} {
		if err := client.New(conn).Submit(queuetest.Context(t), message.DefaultPool, message.LanePractice, test.s, client.StoreAnyway); err != nil {
			t.Fatal(err)
		}
		r := queuetest.WaitVerdict(t, conn, test.s.ID)
		refused := r.Verdict == verdict.JudgeError && r.Error.Class == verdict.ClassProblem && strings.Contains(r.Error.Message, test.want)
		if test.want == "" && r.Verdict != verdict.Accepted || test.want != "" && !refused {
			t.Errorf("%s: %s %+v; want a refusal with %q", test.s.ID, r.Verdict, r.Error, test.want)
		}
	}
}

// Without a store for its namespace, a submission goes whole as long as the server takes it, and else says what to make.
func TestLargeSourcesWithoutStore(t *testing.T) {
	const limit = 8 << 20
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, JetStreamMaxStore: 1 << 40, MaxPayload: limit}))
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	put := func(size int) error {
		s := queuetest.Submission(fmt.Sprintf("arena.s%d", size))
		s.Files = []api.SourceFile{{Name: "a.cpp", Content: make([]byte, size)}}
		return client.New(conn).Submit(queuetest.Context(t), message.DefaultPool, message.LanePractice, s, client.StoreAnyway)
	}
	if err := put(2 << 20); err != nil {
		t.Errorf("what the server takes: %v", err)
	}
	if err := put(10 << 20); err == nil || !strings.Contains(err.Error(), "nats object add judge-files-arena") {
		t.Errorf("what it does not take: %v; want the way out", err)
	}
	_, err := conn.JetStream().CreateObjectStore(queuetest.Context(t), jetstream.ObjectStoreConfig{Bucket: message.FilesBucket("arena.s1")})
	if err := errors.Join(err, put(10<<20)); err != nil {
		t.Errorf("with a store: %v", err)
	}
}
