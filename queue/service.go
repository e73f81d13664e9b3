package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/nats-io/nuid"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
)

// Runner compiles and runs what a request asks for, and makes a result that has at most most bytes in JSON. Whole outputs
// are kept below path. Errors mean what those of Judge mean.
type Runner func(ctx context.Context, r message.RunRequest, path string, most int) (message.RunResult, error)

// ServiceConfig is what a run service tells of itself.
type ServiceConfig struct {
	Version   string   // of gavel; one that is not in the form of semantic versions is shown as 0.0.0
	Languages []string // that are offered
}

// Service is the run service of a worker: the NATS micro service "judge". It answers requests on message.RunSubjects,
// each at once when it cannot be run now:
//
//	request -> stopping, gate closed? -> unavailable
//	        -> Borrow: no free slot?  -> busy
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

	running, done, busy, failed atomic.Int64
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
	service, err := s.announce(workCtx)
	if err != nil {
		return fmt.Errorf("offer runs in pool %s: %w", s.worker.cfg.Pool, err)
	}
	select {
	case <-fetchCtx.Done():
	case <-workCtx.Done():
	}
	s.setOpen(false)
	if err := service.Stop(); err != nil {
		s.worker.cfg.Log.Debug().Err(err).Msg("run service left without a word") // the connection is gone, and it with it
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
	for i, subject := range message.RunSubjects(pool) {
		name := "run"
		if i > 0 {
			name += "-" + strconv.Itoa(i+1)
		}
		err := service.AddEndpoint(name, micro.ContextHandler(ctx, s.handle), micro.WithEndpointSubject(subject))
		if err != nil {
			return nil, errors.Join(err, service.Stop())
		}
	}
	return service, nil
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

// runStats is what `nats micro stats` shows beside the library's own figures, which do not know how requests end.
type runStats struct {
	Running int64 `json:"running"`
	Done    int64 `json:"done"`
	Busy    int64 `json:"busy"`
	Failed  int64 `json:"failed"`
}

func (s *Service) stats() runStats {
	return runStats{s.running.Load(), s.done.Load(), s.busy.Load(), s.failed.Load()}
}

// handle takes one request, and never waits: the next one is behind it.
func (s *Service) handle(ctx context.Context, request micro.Request) {
	if request.Reply() == "" {
		return // nobody would hear of it
	}
	w := s.worker
	if reason := w.cfg.Gate.Reason(); reason != "" {
		s.turnAway(request, message.RunUnavailable, "worker takes no work: "+reason)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open || !w.ready.Load() {
		s.turnAway(request, message.RunUnavailable, "worker is stopping, or has not started yet: try again, for another one")
		return
	}
	giveBack, ok := w.Borrow()
	if !ok {
		s.busy.Add(1)
		s.turnAway(request, message.RunBusy, "every slot of the worker is taken: try again")
		return
	}
	// The library looks at the request again, so it stays in this goroutine.
	asked := asked{subject: request.Subject(), reply: request.Reply(), data: request.Data()}
	s.requests.Go(func() {
		msg := s.serveIn(ctx, giveBack, asked)
		if err := s.send(ctx, msg); err != nil {
			w.cfg.Log.Warn().Err(err).Msg("result of a run request not sent")
		}
	})
}

// asked is a request as it came.
type asked struct {
	subject, reply string
	data           []byte
}

// serveIn serves a request in a slot, which is free again when the reply goes out.
func (s *Service) serveIn(ctx context.Context, giveBack func(), a asked) *nats.Msg {
	defer giveBack()
	s.running.Add(1)
	defer s.running.Add(-1)
	return s.serve(ctx, a)
}

// turnAway answers a request that was not looked at.
func (s *Service) turnAway(request micro.Request, class message.RunClass, why string) {
	s.worker.cfg.Metrics.RunRequest(string(class))
	data, err := json.Marshal(s.failure("", class, why))
	if err == nil {
		err = request.Error(string(class), why, data)
	}
	if err != nil {
		s.worker.cfg.Log.Debug().Err(err).Msg("run request turned away without a word")
	}
}

func (s *Service) failure(id string, class message.RunClass, why string) message.RunResult {
	return message.RunResult{
		Version: message.Version, ID: id, Worker: s.worker.cfg.Name, Runs: []message.Run{},
		Error: &message.RunError{Class: class, Message: why},
	}
}

// serve makes the reply to one request.
func (s *Service) serve(ctx context.Context, a asked) *nats.Msg {
	began := time.Now()
	request, err := message.DecodeRun(a.data)
	if err == nil {
		err = message.CheckRunSubject(a.subject, request.ID)
	}
	var result message.RunResult
	if err == nil {
		result, err = s.runSafely(ctx, request)
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
	s.worker.cfg.Log.Info().Str("outcome", outcome).Str("language", result.Language).Int("runs", len(result.Runs)).
		Int64("wall_ms", time.Since(began).Milliseconds()).Int("reply_bytes", len(msg.Data)).Msg("run request served")
	return msg
}

// runSafely turns a panic into a fault: one request never takes the worker down.
func (s *Service) runSafely(ctx context.Context, request message.RunRequest) (result message.RunResult, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			s.worker.cfg.Log.Error().Str("panic", describePanic(cause)).Bytes("stack", debug.Stack()).Msg("panic while running")
			err = fmt.Errorf("panic while running (%s): see the log of worker %q", describePanic(cause), s.worker.cfg.Name)
		}
	}()
	fetched, err := s.worker.fetchFiles(ctx, message.Submission{ID: request.ID, Files: request.Files})
	if err != nil {
		return result, err
	}
	request.Files = fetched.Files
	return s.run(ctx, request, "run-"+nuid.Next(), s.room())
}

// room is how large a reply may be.
func (s *Service) room() int { return int(max(s.worker.conn.NATS().MaxPayload()-replyHeaders, 0)) }

// replyHeaders is room for the headers of a reply.
const replyHeaders = 4 << 10

func (s *Service) classOf(ctx context.Context, err error) message.RunClass {
	var rejection *message.Rejection
	switch {
	case errors.As(err, &rejection) && rejection.Class == verdict.ClassLanguage:
		return message.RunLanguage
	case errors.Is(err, message.ErrRejected):
		return message.RunRefused
	case ctx.Err() != nil:
		return message.RunUnavailable
	}
	return message.RunHost
}

// encode makes the reply, and returns what is in it: a result that does not fit is replaced by an error.
func (s *Service) encode(reply string, result message.RunResult) (*nats.Msg, message.RunResult) {
	msg, err := encode(reply, result)
	switch {
	case err != nil:
		result = s.failure(result.ID, message.RunHost, err.Error())
	case len(msg.Data) > s.room():
		result = s.failure(result.ID, message.RunRefused, fmt.Sprintf(
			"the result has %d bytes, more than the %d that the server takes: send fewer inputs, or raise max_payload of the server",
			len(msg.Data), s.room()))
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
	for {
		err := s.worker.conn.NATS().PublishMsg(msg)
		if err == nil || final(err) || !pause(ctx, 100*time.Millisecond) {
			return err
		}
	}
}
