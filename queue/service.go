package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/storage"
)

// Runner compiles and runs what a request asks for, and makes a result that has at most most bytes in JSON. Whole outputs
// are kept below path. Errors mean what those of Judge mean.
type Runner func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error)

// ServiceConfig is how a run service describes itself.
type ServiceConfig struct {
	Version   string   // of gavel; one that is not in the form of semantic versions is shown as 0.0.0
	Languages []string // that are offered at the start; the registry tells which are now
}

// Service is the run service of a worker: the NATS micro service "judge". It answers requests on message.RunSubjects,
// each at once when it cannot be run now and does not say that it can wait:
//
//	request -> stopping, gate closed? -> unavailable
//	        -> Borrow: no free slot?  -> busy, or parked where it says wait_us: until a slot has no submission to judge,
//	                                     the time is over (busy), the worker stops (unavailable), or the caller is gone
//	        -> decode -> Runner       -> result, or refused, language, host
//
// A request is run in a slot of the worker, so requests and submissions together are never more than slots. Nothing is
// stored: a request whose worker dies gets no answer.
type Service struct {
	worker *Worker
	cfg    ServiceConfig
	run    Runner

	mu       sync.Mutex
	open     bool           // requests may begin; guarded by mu
	requests sync.WaitGroup // begun while open
	hand     tokens         // of requests that run or wait

	running, done, busy, failed atomic.Int64
	processing                  atomic.Int64 // nanoseconds of all requests that were run
}

// NewService makes the run service of a worker.
func NewService(w *Worker, cfg ServiceConfig, run Runner) *Service {
	return &Service{worker: w, cfg: cfg, run: run}
}

// Run answers requests until fetchCtx ends. Those that run then may go on for the worker's grace time; after it, or when
// workCtx ends, they get an error reply. Run returns when nothing runs any more. Its error says why it could not start.
func (s *Service) Run(fetchCtx, workCtx context.Context) error {
	workCtx, endWork := context.WithCancelCause(workCtx)
	defer endWork(nil)
	stopGrace := s.worker.afterGrace(fetchCtx, func() { endWork(ErrDraining) })
	defer stopGrace()
	s.setOpen(true)
	defer s.watchParked(workCtx)()
	service, err := s.announce(workCtx)
	if err != nil {
		return fmt.Errorf("offer runs in pool %s: %w", s.worker.cfg.Pool, err)
	}
	select {
	case <-fetchCtx.Done():
	case <-workCtx.Done():
	}
	s.setOpen(false)
	s.dismissParked(workCtx, "worker is stopping: try again, for another one")
	if err := service.Stop(); err != nil {
		s.worker.cfg.Log.Debug().Err(err).Msg("run service not deregistered") // the connection is gone, and it with it
	}
	s.requests.Wait()
	return nil
}

func (s *Service) setOpen(open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = open
}

// announce makes the micro service. ctx is that of the requests.
func (s *Service) announce(ctx context.Context) (micro.Service, error) {
	pool := s.worker.cfg.Pool
	service, err := micro.AddService(s.worker.conn.NATS(), micro.Config{
		Name:        message.ServiceName,
		Version:     semantic(s.cfg.Version),
		Description: "Compiles and runs given files on given inputs.",
		Metadata: map[string]string{
			"pool": pool, "worker": s.worker.cfg.Name, "languages": strings.Join(s.cfg.Languages, ","),
		},
		StatsHandler: func(*micro.Endpoint) any { return s.stats() },
	})
	if err != nil {
		return nil, err
	}
	for _, subject := range message.RunSubjects(pool) {
		name := endpointName(subject)
		err := service.AddEndpoint(name, micro.ContextHandler(ctx, s.handle), micro.WithEndpointSubject(subject))
		if err != nil {
			return nil, errors.Join(err, service.Stop())
		}
	}
	return service, nil
}

// endpointName calls an endpoint what its subject is: "run", "run-<pool>", and "run-<pool>-namespaces" for the requests whose
// IDs have one.
func endpointName(subject string) string {
	name := strings.TrimPrefix(subject, message.ServiceName+".")
	return strings.ReplaceAll(strings.ReplaceAll(name, "*", "namespaces"), ".", "-")
}

// semver is the form that NATS micro asks of versions.
var semver = regexp.MustCompile(`^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)

func semantic(version string) string {
	version = strings.TrimPrefix(version, "v")
	if !semver.MatchString(version) {
		return "0.0.0"
	}
	return version
}

func (s *Service) stats() message.RunStats {
	stats := message.RunStats{
		Running: s.running.Load(), Done: s.done.Load(), Busy: s.busy.Load(), Failed: s.failed.Load(),
		ProcessingTime: time.Duration(s.processing.Load()), Requests: s.hand.list(),
	}
	stats.Waiting = int64(s.worker.parked.len())
	if ended := stats.Done + stats.Failed; ended > 0 {
		stats.AverageProcessingTime = stats.ProcessingTime / time.Duration(ended)
	}
	return stats
}

// handle takes one request, and never waits: the next one is behind it.
func (s *Service) handle(ctx context.Context, request micro.Request) {
	if request.Reply() == "" {
		return // nobody waits for a reply
	}
	w := s.worker
	if reason := w.cfg.Gate.Reason(); reason != "" {
		s.decline(request, api.RunUnavailable, "worker takes no work: "+reason)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open || !w.ready.Load() {
		s.decline(request, api.RunUnavailable, "worker is stopping, or has not started yet: try again, for another one")
		return
	}
	// The library looks at the request again, so it stays in this goroutine.
	asked := newRunMessage(request)
	giveBack, ok := w.Borrow()
	if !ok && !s.park(ctx, asked) {
		s.busy.Add(1)
		s.decline(request, api.RunBusy, "every slot of the worker is taken: try again")
	}
	if ok {
		s.begin(ctx, asked, giveBack)
	}
}

// begin serves a request in a slot. The caller holds mu, and the service is open.
func (s *Service) begin(ctx context.Context, asked runMessage, giveBack func()) {
	s.hand.add(asked.token)
	s.requests.Go(func() {
		defer s.hand.remove(asked.token)
		s.reply(ctx, s.serveIn(ctx, giveBack, asked))
	})
}

// reply sends a reply. What cannot be sent is logged: the caller asks again, or finds out.
func (s *Service) reply(ctx context.Context, msg *nats.Msg) {
	if err := s.send(ctx, msg); err != nil {
		s.worker.cfg.Log.Warn().Err(err).Msg("result of a run request not sent")
	}
}

// runMessage is a request as it came.
type runMessage struct {
	subject, reply string
	data           []byte
	token, caller  string // of its headers; may be ""
}

func newRunMessage(r micro.Request) runMessage {
	m := runMessage{subject: r.Subject(), reply: r.Reply(), data: r.Data()}
	if token := r.Headers().Get(message.RunTokenHeader); len(token) <= maxRunToken {
		m.token = token
	}
	if caller := r.Headers().Get(message.RunCallerHeader); answersTo(caller, m.reply) {
		m.caller = caller
	}
	return m
}

// maxRunToken bounds what is kept and told of a request, in bytes.
const maxRunToken = 64

// serveIn serves a request in a slot, which is free again when the reply goes out.
func (s *Service) serveIn(ctx context.Context, giveBack func(), a runMessage) *nats.Msg {
	defer giveBack()
	s.running.Add(1)
	began := time.Now()
	defer func() {
		s.processing.Add(int64(time.Since(began)))
		s.running.Add(-1)
	}()
	var msg *nats.Msg
	err := guarded(s.worker.cfg.Log, "serving a run request", func() error {
		msg = s.serve(ctx, a)
		return nil
	})
	if err != nil {
		s.worker.cfg.Metrics.RunRequest(string(api.RunHost))
		s.failed.Add(1)
		msg, _ = s.encode(a.reply, s.failure("", api.RunHost, err.Error()))
	}
	return msg
}

// decline answers a request that was not looked at.
func (s *Service) decline(request micro.Request, class api.RunClass, why string) {
	s.worker.cfg.Metrics.RunRequest(string(class))
	data, err := json.Marshal(s.failure("", class, why))
	if err == nil {
		err = request.Error(string(class), why, data)
	}
	if err != nil {
		s.worker.cfg.Log.Debug().Err(err).Msg("answer to a declined run request not sent")
	}
}

func (s *Service) failure(id string, class api.RunClass, why string) api.RunResult {
	return api.RunResult{
		Version: api.Version, ID: id, Worker: s.worker.cfg.Name, Runs: []api.Run{},
		Error: &api.RunError{Class: class, Message: why},
	}
}

// serve makes the reply to one request.
func (s *Service) serve(ctx context.Context, a runMessage) *nats.Msg {
	began := time.Now()
	request, err := api.DecodeRun(a.data)
	if err == nil {
		err = message.CheckRunSubject(a.subject, request.ID)
	}
	var result api.RunResult
	if err == nil {
		err = guarded(s.worker.cfg.Log, "running", func() (err error) {
			result, err = s.runFiles(ctx, request)
			return err
		})
	}
	if err != nil {
		result = s.failure(request.ID, s.classOf(ctx, err), err.Error())
	}
	msg, result := s.encode(a.reply, result)
	outcome := "ok"
	if result.Error != nil {
		s.failed.Add(1)
		outcome = string(result.Error.Class)
	} else {
		s.done.Add(1)
	}
	s.worker.cfg.Metrics.RunRequest(outcome)
	event := s.worker.cfg.Log.Info()
	if a.token != "" {
		event.Str("run", a.token)
	}
	event.Str("outcome", outcome).Str("language", result.Language).Int("runs", len(result.Runs)).
		Int64("wall_ms", time.Since(began).Milliseconds()).Int("reply_bytes", len(msg.Data)).Msg("run request served")
	return msg
}

// runFiles fetches the files that the request has elsewhere, and runs them.
func (s *Service) runFiles(ctx context.Context, request api.RunRequest) (result api.RunResult, err error) {
	fetched, err := storage.FetchFiles(ctx, s.worker.conn, api.Submission{ID: request.ID, Files: request.Files})
	if err != nil {
		return result, err
	}
	request.Files = fetched.Files
	return s.run(ctx, request, "run-"+rand.Text(), s.maxReply())
}

// maxReply is how large a reply may be, in bytes.
func (s *Service) maxReply() int { return int(max(s.worker.conn.NATS().MaxPayload()-replyHeaders, 0)) }

// replyHeaders is reserved for the headers of a reply.
const replyHeaders = 4 << 10

func (s *Service) classOf(ctx context.Context, err error) api.RunClass {
	var rejection *api.Rejection
	switch {
	case errors.As(err, &rejection) && rejection.Class == verdict.ClassLanguage:
		return api.RunLanguage
	case errors.Is(err, api.ErrRejected):
		return api.RunRefused
	case ctx.Err() != nil:
		return api.RunUnavailable
	}
	return api.RunHost
}

// encode makes the reply, and returns what is in it: a result that does not fit is replaced by an error.
func (s *Service) encode(reply string, result api.RunResult) (*nats.Msg, api.RunResult) {
	msg, err := encode(reply, result)
	switch {
	case err != nil:
		result = s.failure(result.ID, api.RunHost, err.Error())
	case len(msg.Data) > s.maxReply():
		result = s.failure(result.ID, api.RunRefused, fmt.Sprintf(
			"the result has %d bytes, more than the %d that the server takes: send fewer inputs, or raise max_payload of the server",
			len(msg.Data), s.maxReply()))
	}
	if result.Error == nil {
		return msg, result
	}
	if msg, err = encode(reply, result); err != nil {
		msg = nats.NewMsg(reply) // an error is made of texts, so this cannot be
	}
	msg.Header.Set(micro.ErrorCodeHeader, string(result.Error.Class))
	msg.Header.Set(micro.ErrorHeader, headerLine(result.Error.Message))
	return msg, result
}

// headerLine is a text as a header can have it.
func headerLine(text string) string {
	const most = 512
	line := strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	return cmp.Or(strings.ToValidUTF8(line[:min(len(line), most)], ""), "error")
}

// sendPatience is how long a result waits for a lost connection.
const sendPatience = 10 * time.Second

// send publishes a reply. While the connection is lost it tries again for a moment: who asked may be back too.
func (s *Service) send(ctx context.Context, msg *nats.Msg) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendPatience)
	defer cancel()
	return retry.Do(ctx, retry.Every(100*time.Millisecond), func() (bool, error) {
		err := s.worker.conn.NATS().PublishMsg(msg)
		return !final(err), err
	})
}
