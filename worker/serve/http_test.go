package serve

import (
	"io"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMonitor(t *testing.T) {
	var h health
	progress := languageCount{ready: []string{"c"}, toCome: []string{"java", "go"}, failed: []string{"r"}}
	m, err := startHealthServer("127.0.0.1:0", prometheus.NewRegistry(), h.unready, func() string { return progress.progress() }, (&server{ring: newLogRing()}).serveLog, nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(path string, want int, wantBody string) {
		t.Helper()
		status, body, err := get(t, m.url()+path)
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
	check("/debug/log?submission=s1", http.StatusOK, "")
	if err := m.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := startHealthServer("256.0.0.1:0", prometheus.NewRegistry(), h.unready, progress.progress, nil, nil); err == nil {
		t.Error("listens on an address that does not exist")
	}
}

// get asks a server and leaves no connection behind.
func get(t *testing.T, url string) (status int, body string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}
