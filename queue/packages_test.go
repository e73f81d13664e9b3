package queue

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// pushPackage pushes a real package whose second answer is as given.
func pushPackage(t testing.TB, s store, answer string) api.ProblemVersion {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sum")
	for name, text := range map[string]string{
		"problem.yaml": "name: Sum\n", "data/sample/1.in": "1\n", "data/sample/1.ans": "1\n",
		"data/secret/2.in": strings.Repeat("2\n", 1<<19), "data/secret/2.ans": answer,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := reader.Load(dir, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := p.Pack(&archive); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive.Bytes())
	v := api.ProblemVersion{Name: "sum", Digest: hex.EncodeToString(sum[:]), Bytes: int64(archive.Len()), Pushed: time.Now()}
	if _, err := s.Push(queuetest.Context(t), v, bytes.NewReader(archive.Bytes())); err != nil {
		t.Fatal(err)
	}
	return v
}

// counting counts fetches.
type counting struct {
	*storage.Packages
	fetches *atomic.Int32
}

func (c counting) Fetch(ctx context.Context, v api.ProblemVersion, w io.Writer) error {
	c.fetches.Add(1)
	return c.Packages.Fetch(ctx, v, w)
}

// Two workers fetch each version once, however many submissions want it at once, and judge by the right one.
func TestTwoWorkersFetchOnceEach(t *testing.T) {
	s := newStore(t)
	var fetches atomic.Int32
	var workers []*library.StoreSource
	for range 2 {
		cfg := library.StoreConfig{Archives: counting{storage.NewPackages(queuetest.Connect(t, s.conn.NATS().ConnectedUrl())), &fetches}, Dir: t.TempDir()}
		stored, err := library.OpenStoreSource(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stored.Close() })
		workers = append(workers, stored)
	}
	for round := range 3 {
		answer := fmt.Sprintf("answer %d\n", round)
		v := pushPackage(t, s, answer)
		var judging sync.WaitGroup
		for i := range 20 {
			judging.Go(func() {
				lent, err := workers[i%2].Problem(queuetest.Context(t), library.Wanted{Name: "sum"})
				if err != nil {
					t.Error(err)
					return
				}
				defer lent.Release()
				got, err := os.ReadFile(lent.Problem.Tests[1].Answer)
				if err != nil || string(got) != answer || lent.Digest != v.Digest {
					t.Errorf("judges by %q of %s, %v; want %q of %s", got, lent.Digest, err, answer, v.Digest)
				}
			})
		}
		judging.Wait()
	}
	if n := fetches.Load(); n != 6 {
		t.Errorf("%d fetches, want one for each of two workers and three versions", n)
	}
}

// fetcherEnv turns the test binary into a worker that fetches the package sum, of the server before the | to the
// directory behind it, says so when it has half of the archive, and waits to be killed.
const fetcherEnv = "GAVEL_QUEUE_TEST_FETCHER"

// half writes the first half of what it is given, and then says so and stops for ever.
type half struct {
	io.Writer
	left int64
}

func (h *half) Write(p []byte) (int, error) {
	n, err := h.Writer.Write(p[:min(int64(len(p)), h.left)])
	if h.left -= int64(n); h.left == 0 {
		fmt.Println("half")
		select {}
	}
	return n, err
}

type halfArchives struct{ *storage.Packages }

func (a halfArchives) Fetch(ctx context.Context, v api.ProblemVersion, w io.Writer) error {
	return a.Packages.Fetch(ctx, v, &half{w, v.Bytes / 2})
}

func runFetcher(where string) {
	url, dir, _ := strings.Cut(where, "|")
	conn, err := client.Connect(context.Background(), client.Config{URL: url})
	if err != nil {
		panic(err)
	}
	stored, err := library.OpenStoreSource(library.StoreConfig{Archives: halfArchives{storage.NewPackages(conn)}, Dir: dir})
	if err != nil {
		panic(err)
	}
	_, err = stored.Problem(context.Background(), library.Wanted{Name: "sum"})
	panic(err)
}

// A worker that is killed in the middle of a fetch leaves nothing that the next one takes for a package.
func TestKilledFetch(t *testing.T) {
	s := newStore(t)
	pushPackage(t, s, "right\n")
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), fetcherEnv+"="+s.conn.NATS().ConnectedUrl()+"|"+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_ = cmd.Process.Kill() // it may have died by itself, and then the line tells
	_ = cmd.Wait()         // "signal: killed"
	if line != "half\n" {
		t.Fatalf("the worker says %q, %v", line, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*", "@archive.zip")); len(left) != 1 {
		t.Fatalf("the killed worker left %v, want half an archive", left)
	}
	stored, err := library.OpenStoreSource(library.StoreConfig{Archives: s.archives, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer stored.Close()
	lent, err := stored.Problem(queuetest.Context(t), library.Wanted{Name: "sum"})
	if err != nil {
		t.Fatal(err)
	}
	defer lent.Release()
	if got, err := os.ReadFile(lent.Problem.Tests[1].Answer); err != nil || string(got) != "right\n" {
		t.Errorf("answer is %q, %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".new-*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}
