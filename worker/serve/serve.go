// Package serve is the worker: gavel serve. It opens what queue and judge need, from settings, in the order in which it can be seen
// from outside, and closes it in the opposite one: health and metrics, connection, registry entry, containers, submissions. It
// decides nothing about a submission; it keeps the worker from taking any while the host is short of disk or memory.
package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/embedded"
	"github.com/gaveloj/gavel/queue/storage"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/top"
	"github.com/gaveloj/gavel/worker/version"
)

// Command is the worker.
type Command struct {
	settings.State
	settings.Judging
	settings.Serving
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`
	Log  settings.Logging `embed:"" group:"log" prefix:"log-"`

	Embedded bool `help:"Run a NATS server inside the worker; this is the default when there is no --nats-url."`
}

// Help returns what the command is for, with examples; kong prints it.
func (Command) Help() string {
	return "SIGTERM and SIGINT finish what is running and stop the worker; so does SIGHUP where it was started from a terminal. Elsewhere " +
		"SIGHUP reads the configuration anew, as gavel reload does everywhere.\n\n" + terminal.Examples(`
		gavel serve --problems /srv/problems
		gavel serve --config /etc/gavel.yaml
		gavel serve --nats-url tls://10.0.0.5:4222 --nats-nkey worker.nk --pool gpu`)
}

func (c Command) validate() error {
	if c.Embedded && c.NATS.URL != "" {
		return exit.Usage(errors.New("--embedded and --nats-url exclude each other; leave one out"))
	}
	if c.Replicas > 1 && c.NATS.URL == "" {
		return exit.Usage(errors.New("--nats-replicas is for a cluster; name its servers with --nats-url, or leave it out"))
	}
	return errors.Join(c.Serving.Check(), c.NATS.Check(), c.checkListen())
}

// checkListen refuses to open the embedded server to a network by mistake: it has no TLS, and one key for everything.
func (c Command) checkListen() error {
	host, _, err := net.SplitHostPort(string(c.Listen))
	if c.NATS.URL != "" || c.Expose || err == nil && embedded.IsLoopback(host) {
		return nil
	}
	return exit.Usage(fmt.Errorf("--nats-listen %s opens the embedded server beyond loopback, without TLS and with one key that may do "+
		"everything: use an outside server with accounts (configs/nats/accounts.conf), or say --nats-expose", c.Listen))
}

// refuseExposed refuses what programs could read of what the worker is given.
func (c Command) refuseExposed(config settings.ConfigPath) error {
	state, err := c.State.Private()
	if err != nil {
		return err
	}
	all := slices.Concat(config.Private(), state, c.NATS.Private(), settings.PrivateProblems(c.Problems))
	if c.HTTPToken != "" {
		all = append(all, settings.Private{What: "--http-token", Path: c.HTTPToken, Place: "/etc/gavel"})
	}
	return settings.RefuseExposed(all...)
}

// httpToken is what whoever looks at the page from another host has to show; "" where there is none.
func (c Command) httpToken() (string, error) {
	if c.HTTPToken == "" {
		return "", nil
	}
	return settings.ReadSecret("--http-token", c.HTTPToken)
}

// Run serves until the first signal, then drains; a second signal ends what is still running. It works by what read returns when
// it is told to reload.
func (c Command) Run(fetchCtx context.Context, config settings.ConfigPath, read Reader) error {
	hangups, stopHangups := hangups()
	defer stopHangups()
	if err := c.validate(); err != nil {
		return err
	}
	if err := c.refuseExposed(config); err != nil {
		return err
	}
	ring := newLogRing()
	log, level, err := newLog(c.Log, ring)
	if err != nil {
		return err
	}
	state, err := state.Open(c.State)
	if err != nil {
		return err
	}
	defer state.Close()
	if err := state.Lock(); err != nil {
		return err
	}
	workCtx, stop := untilSecondSignal(context.Background())
	defer stop()
	s := newServer(c, log, ring, state)
	s.log.Info().Str("version", version.Read().Version).Int("pid", os.Getpid()).Str("state_dir", state.Path).
		Str("config", cmp.Or(string(config), "built in")).Str("pool", string(c.Pool)).Msg("starting")
	err = s.run(fetchCtx, workCtx, hangups, &reloader{server: s, read: read, level: level, running: c})
	if fetchCtx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(fetchCtx))) {
		err = nil // told to stop while it was starting
	}
	return errors.Join(err, s.close())
}

// untilSecondSignal ends the context at the second signal, which has to be SIGINT or SIGTERM: a terminal that is closed
// may send SIGHUP more than once, and only asks to drain.
func untilSecondSignal(parent context.Context) (ctx context.Context, stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, Signals()...)
	ctx, cancel := context.WithCancelCause(parent)
	var watching sync.WaitGroup
	watching.Go(func() {
		for stopping := false; ; stopping = true {
			select {
			case received := <-signals:
				if stopping && received != syscall.SIGHUP {
					cancel(errors.New("told to stop at once"))
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
		watching.Wait()
	}
}

// server is what serve has opened so far, to be closed in the opposite order.
type server struct {
	Command
	name      string
	log       zerolog.Logger
	ring      *logRing // gets what is logged
	http      string   // URL of /metrics and the rest; set before register
	state     *state.Dir
	key       string // file with the key of the embedded server; "" where there is none
	health    health
	registry  *prometheus.Registry
	metrics   *metrics.Metrics
	gate      queue.Gate
	peers     *queue.Peers
	worker    *queue.Worker
	runs      *queue.Service
	info      workerInfo // for the registry
	runtime   *judging.Runtime
	wanted    wantedLanguages
	ready     atomic.Int64 // languages, when all were told of the last time
	resources *resourceMonitor
	problems  *problemSource
	// memoryTold holds the problems of whose memory limits was warned.
	memoryTold sync.Map
	closers    []func() error
}

func newServer(c Command, log zerolog.Logger, ring *logRing, state *state.Dir) *server {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	name := judging.WorkerName(string(c.Name))
	s := &server{
		Command:  c,
		name:     name,
		ring:     ring,
		log:      log.With().Str("worker", name).Logger(),
		state:    state,
		registry: registry,
		metrics:  metrics.New(registry),
	}
	s.metrics.BuildInfo(version.Read().Version)
	s.metrics.Worker(string(c.Pool))
	s.metrics.WatchPaused(s.gate.Names)
	return s
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
func (s *server) run(fetchCtx, workCtx context.Context, hangups <-chan os.Signal, r *reloader) error {
	token, err := s.httpToken()
	if err != nil {
		return err
	}
	page := top.NewPage(token)
	monitor, err := startHealthServer(string(s.HTTP), s.registry, s.unready, s.languageProgress, s.serveLog, page)
	if err != nil {
		return err
	}
	s.onClose(monitor.stop)
	s.onClose(func() error { page.Close(); return nil })
	s.http = monitor.url()
	conn, err := s.connect(fetchCtx)
	if err != nil {
		return err
	}
	page.Follow(client.New(conn))
	if err := s.register(fetchCtx, conn); err != nil {
		return err
	}
	if err := s.openWorker(fetchCtx, conn); err != nil {
		return err
	}
	r.table = s.runtime.Languages().Table()
	stopReloads, err := s.acceptReloads(hangups, r)
	if err != nil {
		return err
	}
	defer stopReloads()
	return s.serve(fetchCtx, workCtx, state.Endpoint{PID: os.Getpid(), NATS: conn.URL(), NKey: s.key, HTTP: s.http})
}

// unready is what /readyz complains about.
func (s *server) unready() string {
	if reason := s.health.unready(); reason != "" {
		return reason
	}
	return s.worker.Unready()
}

// connect reaches the outside server or starts the embedded one.
func (s *server) connect(ctx context.Context) (*client.Conn, error) {
	cfg, err := s.NATS.Connection(string(s.NATS.URL))
	if s.NATS.URL == "" {
		cfg, err = s.startEmbedded()
	}
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

// startEmbedded starts the embedded server and says how to reach it. Credentials among the settings are for another server.
func (s *server) startEmbedded() (client.Config, error) {
	if err := listenable(string(s.Listen)); err != nil {
		return client.Config{}, fmt.Errorf("start embedded NATS server: %w; choose another address with --nats-listen HOST:PORT", err)
	}
	key, err := s.state.NATSKey()
	if err != nil {
		return client.Config{}, err
	}
	embedded, err := embedded.Start(embedded.Config{
		Dir: s.state.Path + "/queue", Address: string(s.Listen), NKey: key, Log: s.log,
		SyncAlways: s.Sync == 0, SyncEvery: s.Sync.Duration(),
	})
	if err != nil {
		return client.Config{}, err
	}
	s.onClose(embedded.Stop)
	s.key = state.NATSKeyFile(s.state.Path)
	cfg, err := connect.Settings{NKey: s.key, Wait: s.NATS.Wait}.Connection(embedded.URL())
	cfg.InProcess = embedded
	return cfg, err
}

// watchConnection tells the log and the metrics about the state of the connection.
func (s *server) watchConnection(cfg *client.Config) {
	log := s.log.With().Str("url", cfg.RedactedURL()).Logger()
	cfg.Lost = func(err error) {
		s.metrics.QueueConnected(false)
		if err == nil {
			return // it was closed here
		}
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
	var err error
	if s.problems, err = s.openProblems(conn); err != nil {
		return err
	}
	w, err := judging.Open(ctx, judging.Config{
		Judging: s.Judging, State: s.state, Worker: s.name, Problems: s.problems,
		Keeper:  storage.NewArtifacts(conn, int(s.Replicas), s.log, s.metrics),
		Metrics: s.metrics, Changed: s.languageChanged,
		OnCacheError: s.logCacheError,
		Discarded:    s.logDiscarded,
	})
	if err != nil {
		return err
	}
	s.runtime = w
	s.onClose(w.Close)
	s.announce(w)
	s.peers = queue.NewPeers(conn, string(s.Pool), s.name)
	s.worker, err = queue.NewWorker(conn, queue.Config{
		Pool: string(s.Pool), Slots: w.Containers.Slots(), Name: s.name, Grace: grace(s.Serving),
		AckWait: s.AckWait.Duration(), MaxDeliver: int(s.Tries), Replicas: int(s.Replicas),
		Weights: s.Lanes, Gate: &s.gate, Peers: s.peers, SelfTest: w.SelfTest,
		Log: s.log, Metrics: s.metrics,
	}, s.observed(func(ctx context.Context, sub api.Submission, emit func(api.Event)) (api.Report, error) {
		return w.Judge().Judge(ctx, sub, emit)
	}))
	if err != nil {
		return err
	}
	s.runs = queue.NewService(s.worker, queue.ServiceConfig{
		Version: version.Read().Version, Languages: countLanguages(w.Languages().Statuses()).toCome,
	}, namedRun(func(ctx context.Context, r api.RunRequest, path string, most int) (api.RunResult, error) {
		return w.Judge().Run(ctx, r, path, most)
	}))
	s.watch(conn)
	return nil
}

// announce lets log, metrics and registry know the containers and the languages, and begins to prepare these.
func (s *server) announce(w *judging.Runtime) {
	for _, short := range w.Containers.Shortcomings() {
		s.log.Warn().Str("missing", short.What).Str("effect", short.Effect).Str("remedy", short.Remedy).
			Msg("judging without root")
	}
	count := countLanguages(w.Languages().Statuses())
	s.info.set(w)
	s.metrics.Languages(count.toCome...)
	s.metrics.WatchLanguages(func() map[string]bool { return available(w.Languages().Statuses()) },
		func() map[string]bool { return s.wanted.of(w.Languages().Statuses()) })
	s.metrics.WatchPool(func() metrics.PoolStats { return metrics.PoolStats(w.Containers.Stats()) })
	s.log.Info().Strs("languages_to_come", count.toCome).Strs("not_installed", count.missing).
		Int("slots", w.Containers.Slots()).Int64("memory_mib", int64(w.Containers.Memory()/sandbox.MiB)).Msg("containers are warm")
	if effect := lackOfMemory(judging.MemoryPerSlot, w.Containers.Memory(), w.Containers.Slots()); effect != "" {
		s.log.Warn().Int64("each_mib", int64(judging.MemoryPerSlot/sandbox.MiB)).Str("effect", effect).
			Msg("little memory for so many slots: add memory, or use fewer slots")
	}
	w.Prepare(language.EveryLanguage)
}

// watchPeers keeps the view of the other workers up to date until the stop function is called.
func (s *server) watchPeers() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { s.peers.Run(ctx) })
	return func() { cancel(); watch.Wait() }
}

// serve takes submissions until fetchCtx ends, and then drains.
func (s *server) serve(fetchCtx, workCtx context.Context, at state.Endpoint) error {
	if err := at.Publish(s.state.Path); err != nil {
		return err
	}
	defer state.RemoveEndpoint(s.state.Path)
	stopWatch := context.AfterFunc(fetchCtx, func() {
		s.health.set(healthStopping)
		s.log.Info().Str("cause", context.Cause(fetchCtx).Error()).Dur("grace_ms", s.worker.Grace()).
			Msg("stopping: finishing what is running")
	})
	defer stopWatch()
	defer s.watchPeers()()
	s.health.set("")
	s.log.Info().Str("nats", at.NATS).Str("nkey", at.NKey).Str("http", at.HTTP).Str("pool", string(s.Pool)).Msg(s.readyMessage())
	return s.work(fetchCtx, workCtx)
}

// readyMessage says what a worker that has started does. Why it takes no submissions has been logged before.
func (s *server) readyMessage() string {
	if s.gate.Reason() != "" {
		return "started, and taking no submissions yet"
	}
	return "taking submissions"
}

// work takes submissions and run requests. When one of the two cannot start, the other ends.
func (s *server) work(fetchCtx, workCtx context.Context) error {
	group, fetchCtx := errgroup.WithContext(fetchCtx)
	group.Go(func() error { return s.worker.Run(fetchCtx, workCtx) })
	group.Go(func() error { return s.runs.Run(fetchCtx, workCtx) })
	return group.Wait()
}
