package main

import (
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMonitor(t *testing.T) {
	var h health
	progress := languageCount{ready: []string{"c"}, toCome: []string{"java", "go"}, failed: []string{"r"}}
	m, err := startHealthServer("127.0.0.1:0", prometheus.NewRegistry(), h.unready, func() string { return progress.progress() })
	if err != nil {
		t.Fatal(err)
	}
	check := func(path string, want int, wantBody string) {
		t.Helper()
		status, body, err := fetch(m.url() + path)
		if err != nil || status != want || body != wantBody {
			t.Errorf("GET %s = %d, %q, %v, want %d, %q", path, status, body, err, want, wantBody)
		}
	}
	check("/healthz", http.StatusOK, "ok\n")
	check("/readyz", http.StatusServiceUnavailable, "starting\n")
	h.set("")
	check("/readyz", http.StatusOK, "ok\nlanguages: 1 of 4 ready, to come: java go\n")
	progress = languageCount{ready: []string{"c", "java", "go"}, failed: []string{"r"}}
	check("/readyz", http.StatusOK, "ok\n")
	h.set("stopping")
	check("/readyz", http.StatusServiceUnavailable, "stopping\n")
	check("/metrics", http.StatusOK, "")
	if err := m.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := startHealthServer("256.0.0.1:0", prometheus.NewRegistry(), h.unready, progress.progress); err == nil {
		t.Error("listens on an address that does not exist")
	}
}
