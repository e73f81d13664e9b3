package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/storage"
	"github.com/gaveloj/gavel/worker/state"
)

// queue measures a worker at an embedded server, as gavel serve makes it: first with nothing else to do, then with a full
// queue. Submissions have one test case and a program that does nothing, and are compiled already.
func (m *measurement) queue(ctx context.Context) (err error) {
	r, err := m.open(ctx)
	if err != nil {
		return err
	}
	if ok, err := m.installed(ctx, r, "c", "the queue"); !ok {
		return err
	}
	p, err := m.writePackage("single", numbered(1), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if _, err := accepted(ctx, r, p, submission(p, "c", emptyProgram)); err != nil {
		return err
	}
	key, err := m.state.NATSKey()
	if err != nil {
		return err
	}
	server, err := embedded.Start(embedded.Config{Dir: m.temp("queue"), Address: "127.0.0.1:0", NKey: key})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	q := queued{m: m, problem: p, judge: func(ctx context.Context, s api.Submission, emit func(api.Event)) (api.Report, error) {
		return r.Judge().JudgeProblem(ctx, p, s, emit)
	}}
	config := client.Config{URL: server.URL(), NKeyFile: state.NATSKeyFile(m.state.Path)}
	conn, err := client.Connect(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close()
	config.InProcess = server
	if q.worker, err = client.Connect(ctx, config); err != nil {
		return err
	}
	defer q.worker.Close()
	if err := storage.Ensure(ctx, q.worker, 1); err != nil {
		return err
	}
	q.platform = client.New(conn)
	if err := q.quiet(ctx); err != nil {
		return err
	}
	return q.full(ctx)
}

// queued is a queue with a platform and, while serve runs, a worker.
type queued struct {
	m        *measurement
	problem  *problem.Problem
	judge    queue.Judge
	worker   *client.Conn
	platform *client.Client
	ids      int
}

// serve judges what is in the queue while do runs.
func (q *queued) serve(ctx context.Context, do func() error) error {
	w, err := queue.NewWorker(q.worker, queue.Config{Slots: q.m.runtime.Judge().Slots(), Name: "bench"}, q.judge)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, ctx) }()
	err = do()
	stop()
	return errors.Join(err, <-ended)
}

// submit publishes the next submission.
func (q *queued) submit(ctx context.Context) (id string, err error) {
	s := submission(q.problem, "c", emptyProgram)
	s.ID = fmt.Sprint("bench-", q.ids)
	q.ids++
	return s.ID, q.platform.Submit(ctx, message.DefaultPool, message.LanePractice, s, client.StoreAnyway)
}

// quiet measures one submission after the other, from its publication until the platform has the verdict.
func (q *queued) quiet(ctx context.Context) error {
	var whole, share []float64
	const first = 5 // the worker has just begun
	err := q.serve(ctx, func() error {
		bar := q.m.out.Bar(q.m.count(60)+first, "submissions")
		for i := range q.m.count(60) + first {
			bar.Set(i, "queue, one after the other")
			start := time.Now()
			id, err := q.submit(ctx)
			if err != nil {
				return err
			}
			report, err := q.platform.Wait(ctx, id, 1)
			if err != nil {
				return err
			}
			took := microseconds(time.Since(start))
			if i < first {
				continue
			}
			judged := float64(report.Phases.FetchUsec + report.Phases.CompileUsec + report.Phases.RunUsec + report.Phases.CheckUsec)
			whole, share = append(whole, took), append(share, took-judged)
		}
		return nil
	})
	if err != nil {
		return err
	}
	q.m.add(newFigure("queue", "a quiet submission of one test case, from its publication to the verdict", "us", whole))
	q.m.add(newFigure("queue", "of that, what is not judging", "us", share))
	return nil
}

// full measures how fast a queue that has filled up is emptied.
func (q *queued) full(ctx context.Context) error {
	var rates []float64
	n := min(500, q.m.count(500))
	bar := q.m.out.Bar(q.m.count(3), "rounds")
	for i := range q.m.count(3) {
		bar.Set(i, "queue, full")
		var ids []string
		for range n {
			id, err := q.submit(ctx)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		start := time.Now()
		err := q.serve(ctx, func() error {
			for _, id := range ids {
				if _, err := q.platform.Wait(ctx, id, 1); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		rates = append(rates, float64(n)/time.Since(start).Seconds())
	}
	q.m.add(newFigure("queue", fmt.Sprintf("submissions of one test case from a full queue, %d slots", q.m.runtime.Judge().Slots()), "/s", rates))
	return nil
}
