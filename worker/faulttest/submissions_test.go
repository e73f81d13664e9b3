package faulttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

const problemName = "double"

// writeProblem makes a problem package: print twice the number.
func writeProblem(dir string) error {
	for name, text := range map[string]string{
		"problem.yaml":      "name: Double\n",
		".timelimit":        "5\n",
		"data/sample/1.in":  "1\n",
		"data/sample/1.ans": "2\n",
		"data/secret/2.in":  "21\n",
		"data/secret/2.ans": "42\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sample is a program with the verdict that it must get.
type sample struct {
	want verdict.Code
	file string
	text string
	// limit is the time limit where the package's is not meant.
	limit time.Duration
}

const cHead = "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { int n; if (scanf(\"%d\", &n) != 1) return 1; "

func samples() []sample {
	return []sample{
		{want: verdict.Accepted, file: "a.c", text: cHead + `printf("%d\n", 2 * n); return 0; }`},
		{want: verdict.Accepted, file: "a.py", text: "print(2 * int(input()))"},
		{want: verdict.WrongAnswer, file: "w.c", text: cHead + `printf("%d\n", 2 * n + (n > 9)); return 0; }`},
		{want: verdict.WrongAnswer, file: "w.py", text: "print(int(input()))"},
		{want: verdict.RunTimeError, file: "r.c", text: cHead + "abort(); }"},
		{want: verdict.RunTimeError, file: "r.py", text: "print([][int(input())])"},
		{want: verdict.CompileError, file: "c.c", text: "int main(void) { return undeclared; }"},
		{want: verdict.CompileError, file: "c.py", text: "print(2 *"},
		{want: verdict.TimeLimitExceeded, file: "t.c", text: cHead + "volatile int m = n; for (;;) m++; }", limit: 100 * time.Millisecond},
	}
}

// submissionOf makes the i-th submission of a run. Every second one is a program that nobody has compiled before.
func submissionOf(i int) (api.Submission, verdict.Code) {
	all := samples()
	s := all[i%len(all)]
	text := s.text + "\n"
	if i/len(all)%2 == 0 {
		comment := map[string]string{".c": "//", ".py": "#"}[filepath.Ext(s.file)]
		text += fmt.Sprintf("%s %d\n", comment, i)
	}
	return api.Submission{
		Version: api.Version, ID: fmt.Sprint("s", i), Attempt: 1, Problem: problemName,
		Files: []api.SourceFile{{Name: s.file, Text: text}}, TimeLimitUsec: s.limit.Microseconds(),
	}, s.want
}

// lanes of the submissions, so that each has some.
func laneOf(i int) string { return message.Lanes()[i%len(message.Lanes())] }

// publishers put submissions into the queue, each one again and again until it is accepted.
type publishers struct {
	conn    *client.Conn
	orders  chan int // numbers of submissions to publish
	running sync.WaitGroup

	mu       sync.Mutex
	accepted map[string]time.Time // by ID; guarded by mu
	retries  int                  // guarded by mu
}

// startPublishers runs so many at once until finish is called or ctx ends.
func startPublishers(ctx context.Context, conn *client.Conn, count, total int) *publishers {
	p := &publishers{conn: conn, orders: make(chan int, total), accepted: map[string]time.Time{}}
	for range count {
		p.running.Go(func() {
			for i := range p.orders {
				p.publish(ctx, i)
			}
		})
	}
	return p
}

func (p *publishers) publish(ctx context.Context, i int) {
	s, _ := submissionOf(i)
	for ctx.Err() == nil {
		err := p.try(ctx, i, s)
		p.mu.Lock()
		if err == nil {
			p.accepted[s.ID] = time.Now()
			p.mu.Unlock()
			return
		}
		p.retries++
		p.mu.Unlock()
		pause(ctx, 100*time.Millisecond)
	}
}

func (p *publishers) try(ctx context.Context, i int, s api.Submission) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return client.New(p.conn).Submit(ctx, message.DefaultPool, laneOf(i), s, client.StoreAnyway)
}

// finish waits until everything ordered was accepted.
func (p *publishers) finish() {
	close(p.orders)
	p.running.Wait()
}
