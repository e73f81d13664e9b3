package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gaveloj/gavel/worker/top"
)

// health is what /readyz tells. The zero value is a worker that is starting.
type health struct {
	reason atomic.Pointer[string] // why it takes no submissions; nil while it starts
}

// What is against taking submissions at both ends of a worker's life.
const (
	healthStarting = "starting"
	healthStopping = "stopping"
)

// set says why the worker takes no submissions; "" means that it does.
func (h *health) set(reason string) { h.reason.Store(&reason) }

// unready is why the worker takes no submissions, or "".
func (h *health) unready() string {
	if reason := h.reason.Load(); reason != nil {
		return *reason
	}
	return healthStarting
}

// healthServer serves /metrics, /healthz, /readyz, /debug/log and the page.
type healthServer struct {
	server   *http.Server
	listener net.Listener
	serving  sync.WaitGroup
	err      error // how serving ended; read after it has
}

// startHealthServer listens and serves. unready is asked at each /readyz for what is wrong; "" is nothing. progress is then
// asked for what is still to come. log serves /debug/log to those who may see the page, and page the rest.
func startHealthServer(address string, gatherer prometheus.Gatherer, unready, progress func() string, log http.HandlerFunc, page *top.Page) (*healthServer, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w; choose another address with --http HOST:PORT", err)
	}
	m := &healthServer{
		listener: listener,
		server: &http.Server{
			Handler:           monitorRoutes(gatherer, unready, progress, log, page),
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			MaxHeaderBytes:    16 << 10,
		},
	}
	m.serving.Go(m.serve)
	return m, nil
}

func (h *healthServer) serve() {
	if err := h.server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
		h.err = err
	}
}

func monitorRoutes(gatherer prometheus.Gatherer, unready, progress func() string, log http.HandlerFunc, page *top.Page) http.Handler {
	mux := http.NewServeMux()
	page.Routes(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.Handle("GET /debug/log", page.Allowed(log))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := unready(); reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
		if more := progress(); more != "" {
			fmt.Fprintln(w, more)
		}
	})
	return mux
}

// url is where the monitor is served.
func (h *healthServer) url() string { return "http://" + h.listener.Addr().String() }

// stop ends it, after the requests that are being answered or two seconds.
func (h *healthServer) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := h.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.server.Close()
	}
	h.serving.Wait()
	return errors.Join(err, h.err)
}
