package main

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

// monitor serves /metrics, /healthz and /readyz.
type monitor struct {
	server   *http.Server
	listener net.Listener
	serving  sync.WaitGroup
	err      error // how serving ended; read after it has
}

// startMonitor listens and serves. ready is asked at each /readyz for what is wrong; "" is nothing.
func startMonitor(address string, gatherer prometheus.Gatherer, ready func() string) (*monitor, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w; choose another address with --http HOST:PORT", err)
	}
	m := &monitor{
		listener: listener,
		server: &http.Server{
			Handler:           monitorRoutes(gatherer, ready),
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			MaxHeaderBytes:    16 << 10,
		},
	}
	m.serving.Go(m.serve)
	return m, nil
}

func (m *monitor) serve() {
	if err := m.server.Serve(m.listener); !errors.Is(err, http.ErrServerClosed) {
		m.err = err
	}
}

func monitorRoutes(gatherer prometheus.Gatherer, ready func() string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := ready(); reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}

// url is where the monitor is served.
func (m *monitor) url() string { return "http://" + m.listener.Addr().String() }

// stop ends it, after the requests that are being answered or two seconds.
func (m *monitor) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := m.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = m.server.Close()
	}
	m.serving.Wait()
	return errors.Join(err, m.err)
}
