package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gaveloj/gavel/client"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
)

// serveCmd is the worker.
type serveCmd struct {
	stateSettings
	judgeSettings
	workerSettings
	NATS natsSettings `embed:"" prefix:"nats-"`
	Log  logSettings  `embed:"" prefix:"log-"`

	Embedded bool `help:"Run a NATS server inside the worker; this is the default when there is no --nats-url."`
}

func (c serveCmd) validate() error {
	if c.Embedded && c.NATS.URL != "" {
		return usageError{errors.New("--embedded and --nats-url exclude each other; leave one out")}
	}
	if c.Replicas > 1 && c.NATS.URL == "" {
		return usageError{errors.New("--nats-replicas is for a cluster; name its servers with --nats-url, or leave it out")}
	}
	return errors.Join(c.workerSettings.validate(), c.NATS.validate())
}

// Run serves until the first signal, then drains; a second signal ends what is still running.
func (c serveCmd) Run(fetchCtx context.Context) error {
	if err := c.validate(); err != nil {
		return err
	}
	log, err := newLog(c.Log)
	if err != nil {
		return err
	}
	held, err := openState(c.stateSettings)
	if err != nil {
		return err
	}
	defer held.close()
	if err := held.claim(); err != nil {
		return err
	}
	workCtx, stop := untilSecondSignal(context.Background())
	defer stop()
	s := newServer(c, log, held)
	err = s.run(fetchCtx, workCtx)
	if errors.Is(err, context.Canceled) && fetchCtx.Err() != nil {
		err = nil // told to stop while it was starting
	}
	return errors.Join(err, s.close())
}

// untilSecondSignal ends the context at the second SIGINT or SIGTERM.
func untilSecondSignal(parent context.Context) (ctx context.Context, stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(parent)
	var watching sync.WaitGroup
	watching.Go(func() {
		for range 2 {
			select {
			case <-signals:
			case <-ctx.Done():
				return
			}
		}
		cancel(errors.New("told to stop at once"))
	})
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
		watching.Wait()
	}
}

// server is what serve has opened so far, to be closed in the opposite order.
type server struct {
	serveCmd
	name     string
	log      zerolog.Logger
	state    *state
	health   health
	registry *prometheus.Registry
	metrics  *metrics.Metrics
	gate     queue.Gate
	peers    *queue.Peers
	worker   *queue.Worker
	runs     *queue.Service
	told     details // for the registry
	closers  []func() error
}

func newServer(c serveCmd, log zerolog.Logger, held *state) *server {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	name := workerName(string(c.Name))
	s := &server{
		serveCmd: c,
		name:     name,
		log:      log.With().Str("worker", name).Logger(),
		state:    held,
		registry: registry,
		metrics:  metrics.New(registry),
	}
	s.metrics.BuildInfo(readVersion().Version)
	return s
}

// workerName is the configured name, or one from host name and process id.
func workerName(configured string) string {
	if configured != "" {
		return configured
	}
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	host = regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(host, "-")
	return host[:min(len(host), 64)] + "-" + strconv.Itoa(os.Getpid())
}

// onClose adds a step to close.
func (s *server) onClose(f func() error) { s.closers = append(s.closers, f) }

// close undoes every step of run, the last one first.
func (s *server) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.log.Info().Msg("stopped")
	return errors.Join(errs...)
}

// run starts everything in the order in which it can be seen from outside: health first, submissions last.
func (s *server) run(fetchCtx, workCtx context.Context) error {
	monitor, err := startMonitor(string(s.HTTP), s.registry, s.unready)
	if err != nil {
		return err
	}
	s.onClose(monitor.stop)
	conn, err := s.connect(fetchCtx)
	if err != nil {
		return err
	}
	if err := s.register(fetchCtx, conn); err != nil {
		return err
	}
	if err := s.openWorker(fetchCtx, conn); err != nil {
		return err
	}
	return s.serve(fetchCtx, workCtx, endpoint{PID: os.Getpid(), NATS: conn.URL(), HTTP: monitor.url()})
}

// unready is what /readyz complains about.
func (s *server) unready() string {
	if reason := s.health.unready(); reason != "" {
		return reason
	}
	if reason := s.gate.Reason(); reason != "" {
		return reason
	}
	if !s.worker.Ready() {
		return "no connection to NATS"
	}
	return ""
}

// connect reaches the outside server or starts the embedded one.
func (s *server) connect(ctx context.Context) (*client.Conn, error) {
	url := string(s.NATS.URL)
	if url == "" {
		if err := listenable(string(s.Listen)); err != nil {
			return nil, fmt.Errorf("start embedded NATS server: %w; choose another address with --nats-listen HOST:PORT", err)
		}
		embedded, err := queue.StartEmbedded(queue.EmbeddedConfig{
			Dir: s.state.dir + "/queue", Address: string(s.Listen), Log: s.log,
		})
		if err != nil {
			return nil, err
		}
		s.onClose(embedded.Stop)
		url = embedded.URL()
	}
	cfg, err := s.NATS.connection(url)
	if err != nil {
		return nil, err
	}
	cfg.Name = "gavel worker " + s.name
	s.watchConnection(&cfg)
	conn, err := client.Connect(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s.metrics.QueueConnected(true)
	s.onClose(func() error { conn.Close(); return nil })
	return conn, nil
}

// watchConnection tells the log and the metrics about the state of the connection.
func (s *server) watchConnection(cfg *client.Config) {
	log := s.log.With().Str("url", cfg.RedactedURL()).Logger()
	cfg.Lost = func(err error) {
		s.metrics.QueueConnected(false)
		log.Warn().Err(err).Msg("queue connection lost")
	}
	cfg.Restored = func() {
		s.metrics.QueueConnected(true)
		s.metrics.QueueReconnect()
		log.Info().Msg("queue connection restored")
	}
	cfg.Trouble = func(err error) { log.Warn().Err(err).Msg("queue connection error") }
}

// listenable tells at once what is wrong with an address; the embedded server would try it for a minute.
func listenable(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// openWorker prepares everything that judging needs.
func (s *server) openWorker(ctx context.Context, conn *client.Conn) error {
	problems, err := s.openProblems(conn)
	if err != nil {
		return err
	}
	w, err := openWorkbench(ctx, workbenchConfig{
		judgeSettings: s.judgeSettings, stateDir: s.state.dir, worker: s.name, problems: problems,
		keeper:  queue.NewKeeper(conn, int(s.Replicas), s.log, s.metrics),
		metrics: s.metrics, remark: func(text string) { s.log.Info().Msg(text) },
	})
	if err != nil {
		return err
	}
	s.onClose(w.close)
	s.announce(w)
	s.peers = queue.NewPeers(conn, string(s.Pool), s.name)
	s.worker, err = queue.NewWorker(conn, queue.Config{
		Pool: string(s.Pool), Slots: w.containers.Slots(), Name: s.name, Grace: max(s.Grace.duration(), time.Nanosecond),
		AckWait: s.AckWait.duration(), MaxDeliver: int(s.Tries), Replicas: int(s.Replicas),
		Weights: s.Lanes, Gate: &s.gate, Peers: s.peers, SelfTest: w.selfTest,
		Log: s.log, Metrics: s.metrics,
	}, s.observed(w.judge.Judge))
	if err != nil {
		return err
	}
	s.runs = queue.NewService(s.worker, queue.ServiceConfig{
		Version: readVersion().Version, Languages: w.languages.Available(),
	}, w.judge.Run)
	s.watch(conn)
	return nil
}

// announce logs the languages, and lets the metrics know them and the pool.
func (s *server) announce(w *workbench) {
	for _, short := range w.containers.Shortcomings() {
		s.log.Warn().Str("missing", short.What).Str("effect", short.Effect).Str("remedy", short.Remedy).
			Msg("judging without root")
	}
	var offered []string
	for _, l := range w.languages.Statuses() {
		if !l.Available {
			s.log.Warn().Str("language", l.ID).Str("reason", l.Reason).Msg("language is not offered")
			continue
		}
		if l.Warning != "" {
			s.log.Warn().Str("language", l.ID).Str("reason", l.Warning).Msg("language is offered with a flaw")
		}
		offered = append(offered, l.ID)
	}
	s.told.set(w)
	s.metrics.Languages(offered...)
	s.metrics.WatchPool(func() metrics.PoolStats { return metrics.PoolStats(w.containers.Stats()) })
	s.log.Info().Strs("languages", offered).Int("slots", w.containers.Slots()).Msg("containers are warm")
}

// watchPeers keeps the view of the other workers up to date until the stop function is called.
func (s *server) watchPeers() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { s.peers.Run(ctx) })
	return func() { cancel(); watch.Wait() }
}

// serve takes submissions until fetchCtx ends, and then drains.
func (s *server) serve(fetchCtx, workCtx context.Context, at endpoint) error {
	if err := at.publish(s.state.dir); err != nil {
		return err
	}
	defer withdraw(s.state.dir)
	stopWatch := context.AfterFunc(fetchCtx, func() {
		s.health.set(healthStopping)
		s.log.Info().Dur("grace_ms", s.Grace.duration()).Msg("stopping: finishing what is running")
	})
	defer stopWatch()
	defer s.watchPeers()()
	s.health.set("")
	s.log.Info().Str("nats", at.NATS).Str("http", at.HTTP).Str("pool", string(s.Pool)).Msg("taking submissions")
	return s.work(fetchCtx, workCtx)
}

// work takes submissions and run requests. When one of the two cannot start, the other ends.
func (s *server) work(fetchCtx, workCtx context.Context) error {
	group, fetchCtx := errgroup.WithContext(fetchCtx)
	group.Go(func() error { return s.worker.Run(fetchCtx, workCtx) })
	group.Go(func() error { return s.runs.Run(fetchCtx, workCtx) })
	return group.Wait()
}
