package queue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// store is a store of problems for a test.
type store struct {
	*client.Problems
	conn     *client.Conn
	archives *storage.Packages
}

func newStore(t testing.TB) store {
	t.Helper()
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	return store{client.NewProblems(conn), conn, storage.NewPackages(conn)}
}

// version is a version of a problem whose archive is any text.
func version(name, archive string) api.ProblemVersion {
	sum := sha256.Sum256([]byte(archive))
	return api.ProblemVersion{
		Version: 1, Name: name, Digest: hex.EncodeToString(sum[:]), Bytes: int64(len(archive)), Pushed: time.Now().UTC(), Title: "Sum & More",
		Format: "legacy", Kind: []string{"scoring"},
	}
}

func (s store) push(t testing.TB, name, archive string) api.ProblemVersion {
	t.Helper()
	v := version(name, archive)
	if _, err := s.Push(queuetest.Context(t), v, strings.NewReader(archive)); err != nil {
		t.Fatal(err)
	}
	return v
}

// wants fails unless the version is the one that is wanted and can be fetched; "" is a refusal.
func (s store) wants(t testing.TB, w library.Wanted, archive string) {
	t.Helper()
	v, err := s.archives.Version(queuetest.Context(t), w)
	if archive == "" {
		if !errors.Is(err, api.ErrRejected) {
			t.Errorf("Version(%+v) = %s, %v; want a refusal", w, v.Digest, err)
		}
		return
	}
	var got bytes.Buffer
	if err == nil {
		err = s.archives.Fetch(queuetest.Context(t), v, &got)
	}
	if err != nil || got.String() != archive {
		t.Errorf("%+v gives %.40q, %v; want %.40q", w, got.String(), err, archive)
	}
}

func (s store) objects(t testing.TB) []string {
	t.Helper()
	bucket, err := s.conn.JetStream().ObjectStore(queuetest.Context(t), message.BucketProblems)
	if err != nil {
		t.Fatal(err)
	}
	all, err := bucket.List(queuetest.Context(t))
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		t.Fatal(err)
	}
	var names []string
	for _, o := range all {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	return names
}

func TestProblemStore(t *testing.T) {
	s := newStore(t)
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB, several pieces
	for _, name := range []string{"sum", "a..b.", "x"} {
		s.wants(t, library.Wanted{Name: name}, "")
		first := s.push(t, name, "first of "+name)
		if changed, err := s.Push(queuetest.Context(t), first, strings.NewReader("first of "+name)); changed || err != nil {
			t.Errorf("the same again: changed %v, %v", changed, err)
		}
		second := s.push(t, name, large+name)
		s.wants(t, library.Wanted{Name: name}, large+name)
		s.wants(t, library.Wanted{Name: name, Digest: first.Digest}, "first of "+name)
		s.wants(t, library.Wanted{Name: name, Digest: version("", "other").Digest}, "")
		newest, left, err := s.Remove(queuetest.Context(t), name, second.Digest[:10])
		if err != nil || !left || newest.Digest != first.Digest {
			t.Errorf("Remove(%s) of the newest = %+v, %v, %v; want the one before", name, newest, left, err)
		}
		s.wants(t, library.Wanted{Name: name}, "first of "+name)
		s.wants(t, library.Wanted{Name: name, Digest: second.Digest}, "")
		s.push(t, name, large+name)
		s.wants(t, library.Wanted{Name: name}, large+name)
		if _, left, err := s.Remove(queuetest.Context(t), name, ""); left || err != nil {
			t.Errorf("Remove(%s) of all = %v, %v", name, left, err)
		}
		s.wants(t, library.Wanted{Name: name}, "")
		s.wants(t, library.Wanted{Name: name, Digest: first.Digest}, "")
		if _, _, err := s.Remove(queuetest.Context(t), name, ""); !errors.Is(err, client.ErrNoProblem) {
			t.Errorf("Remove(%s) of nothing = %v", name, err)
		}
	}
	all, err := s.All(queuetest.Context(t))
	if err != nil || len(all) != 3 || len(all["a..b."]) != 5 {
		t.Errorf("All = %v, %v; want three problems with five changes each", all, err)
	}
	if swept, err := s.GC(queuetest.Context(t)); err != nil || swept.Deleted != 6 || swept.Waiting != 0 {
		t.Errorf("Sweep = %+v, %v; want 6 deleted", swept, err)
	}
	if names := s.objects(t); len(names) > 0 {
		t.Errorf("left over: %v", names)
	}
	if left := queuetest.Count(t, s.conn, message.ObjectStream(message.BucketProblems)); left != 0 {
		t.Errorf("%d pieces are left over", left)
	}
	problem := schematest.Schema(t, "problem-version.json")
	for _, msg := range queuetest.Messages(t, s.conn, message.BucketStream(message.BucketVersions)) {
		if err := schematest.Validate(problem, msg.Data); err != nil {
			t.Errorf("%s: %v", msg.Data, err)
		}
	}
}

// A submission gets the version of the time when it was published.
func TestVersionOfTheTime(t *testing.T) {
	s := newStore(t)
	published := func(id string) time.Time {
		queuetest.Submit(t, s.conn, queuetest.Submission(id))
		stream, err := s.conn.JetStream().Stream(queuetest.Context(t), message.StreamSubmissions)
		if err != nil {
			t.Fatal(err)
		}
		msg, err := stream.GetMsg(queuetest.Context(t), stream.CachedInfo().State.LastSeq)
		if err != nil {
			t.Fatal(err)
		}
		return msg.Time
	}
	before := published("s0")
	first := s.push(t, "sum", "first")
	one := published("s1")
	second := s.push(t, "sum", "second")
	two := published("s2")
	if _, _, err := s.Remove(queuetest.Context(t), "sum", ""); err != nil {
		t.Fatal(err)
	}
	gone := published("s3")
	s.push(t, "sum", "third")
	again := published("s4")
	for _, test := range []struct {
		at     time.Time
		digest string
		want   string
	}{
		{before, "", "first"},
		{one, "", "first"},
		{two, "", "second"},
		{gone, "", ""},
		{again, "", "third"},
		{time.Time{}, "", "third"},
		{two, first.Digest, "first"},
		{one, second.Digest, ""},
		{gone, first.Digest, ""},
		{again, second.Digest, ""},
	} {
		s.wants(t, library.Wanted{Name: "sum", Published: test.at, Digest: test.digest}, test.want)
	}
	if swept, err := s.GC(queuetest.Context(t)); err != nil || swept.Deleted != 0 || swept.Waiting != 2 {
		t.Errorf("Sweep while submissions wait = %+v, %v; want two packages to wait", swept, err)
	}
	s.wants(t, library.Wanted{Name: "sum", Published: two}, "second")
	stream, err := s.conn.JetStream().Stream(queuetest.Context(t), message.StreamSubmissions)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(queuetest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if swept, err := s.GC(queuetest.Context(t)); err != nil || swept.Deleted != 2 {
		t.Errorf("Sweep when nothing waits = %+v, %v; want two packages deleted", swept, err)
	}
	s.wants(t, library.Wanted{Name: "sum"}, "third")
}

// The bucket keeps 64 changes. A submission that is older than all of them gets the oldest version that is kept.
func TestManyVersions(t *testing.T) {
	s := newStore(t)
	s.push(t, "sum", "0")
	first, err := s.History(queuetest.Context(t), "sum", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 70 {
		s.push(t, "sum", fmt.Sprint(i+1))
	}
	history, err := s.History(queuetest.Context(t), "sum", first)
	if err != nil || len(history) != 64 {
		t.Fatalf("%d changes are kept, %v; want 64", len(history), err)
	}
	s.wants(t, library.Wanted{Name: "sum", Published: first[0].Stored}, "7")
	s.wants(t, library.Wanted{Name: "sum"}, "70")
}

func TestPushesAtOnceAllCount(t *testing.T) {
	s := newStore(t)
	var pushing sync.WaitGroup
	for i := range 8 {
		pushing.Go(func() { s.push(t, "sum", fmt.Sprint(i)) })
	}
	pushing.Wait()
	if history, err := s.History(queuetest.Context(t), "sum", nil); err != nil || len(history) != 8 {
		t.Errorf("%d changes, %v; want 8", len(history), err)
	}
}

// Whoever pushes while somebody removes the same package has it in the store in the end.
func TestPushAgainstSweep(t *testing.T) {
	s := newStore(t)
	stop := make(chan struct{})
	var removing sync.WaitGroup
	for range 2 {
		removing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, _, err := s.Remove(queuetest.Context(t), "other", ""); err != nil && !errors.Is(err, client.ErrNoProblem) {
					t.Error(err)
				}
				if _, err := s.GC(queuetest.Context(t)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 40 {
		name := fmt.Sprint("sum", i)
		s.push(t, "other", "same")
		s.push(t, name, "same")
		s.wants(t, library.Wanted{Name: name}, "same")
		if _, _, err := s.Remove(queuetest.Context(t), name, ""); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	removing.Wait()
}

func TestFetchTellsFaultFromRefusal(t *testing.T) {
	srv := queuetest.Server(t)
	conn := queuetest.Connect(t, srv.URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	s := store{client.NewProblems(conn), conn, storage.NewPackages(conn)}
	bucket, err := conn.JetStream().ObjectStore(queuetest.Context(t), message.BucketProblems)
	if err != nil {
		t.Fatal(err)
	}
	gone, other, short := s.push(t, "sum", "gone"), s.push(t, "sum", "another"), s.push(t, "sum", "shortened")
	if err := bucket.Delete(queuetest.Context(t), gone.Digest); err != nil {
		t.Fatal(err)
	}
	for digest, content := range map[string]string{other.Digest: "tampere", short.Digest: "short"} {
		if _, err := bucket.PutString(queuetest.Context(t), digest, content); err != nil {
			t.Fatal(err)
		}
	}
	for v, want := range map[*api.ProblemVersion]string{
		&gone: "not in the store any more", &other: "its SHA-256 is", &short: "it has 5 bytes, want 9",
	} {
		if err := s.archives.Fetch(queuetest.Context(t), *v, io.Discard); !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), want) {
			t.Errorf("Fetch = %v; want a refusal with %q", err, want)
		}
	}
	ctx, cancel := context.WithTimeout(queuetest.Context(t), 200*time.Millisecond)
	defer cancel()
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.archives.Version(ctx, library.Wanted{Name: "sum"}); err == nil || errors.Is(err, api.ErrRejected) {
		t.Errorf("Version without a server = %v; want a fault", err)
	}
	if err := s.archives.Fetch(ctx, gone, io.Discard); err == nil || errors.Is(err, api.ErrRejected) {
		t.Errorf("Fetch without a server = %v; want a fault", err)
	}
}

func TestNonsenseInTheBucket(t *testing.T) {
	s := newStore(t)
	escape := version("sum", "x")
	escape.Digest = "../../../etc"
	foreign := version("other", "x")
	for _, payload := range []string{"{", "[]", "{}", apitest.Encode(escape), apitest.Encode(foreign)} {
		if _, err := s.conn.JetStream().Publish(queuetest.Context(t), message.EntrySubject(message.BucketVersions, "sum"), []byte(payload)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.archives.Version(queuetest.Context(t), library.Wanted{Name: "sum"}); err == nil {
			t.Errorf("takes %s", payload)
		}
	}
	stream, err := s.conn.JetStream().Stream(queuetest.Context(t), message.BucketStream(message.BucketVersions))
	if err != nil {
		t.Fatal(err)
	}
	entry := jetstream.WithPurgeSubject(message.EntrySubject(message.BucketVersions, "sum"))
	if err := stream.Purge(queuetest.Context(t), entry); err != nil { // the way out for an operator
		t.Fatal(err)
	}
	s.wants(t, library.Wanted{Name: "sum"}, "")
	s.push(t, "sum", "x")
	s.wants(t, library.Wanted{Name: "sum"}, "x")
}
