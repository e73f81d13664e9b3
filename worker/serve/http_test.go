package serve

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/top"
)

func TestMonitor(t *testing.T) {
	var h health
	progress := languageCount{ready: []string{"c"}, toCome: []string{"java", "go"}, failed: []string{"r"}}
	m, err := startHealthServer("127.0.0.1:0", prometheus.NewRegistry(), h.unready, func() string { return progress.progress() }, (&server{ring: newLogRing()}).serveLog, top.NewPage(""))
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
	if _, err := startHealthServer("256.0.0.1:0", prometheus.NewRegistry(), h.unready, progress.progress, nil, top.NewPage("")); err == nil {
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

// The log of submissions goes to those who may see the page: to this host, and with a token to whoever shows it.
func TestWhoMayReadTheLog(t *testing.T) {
	for _, tt := range []struct {
		name, token, from, host, shown string
		want                           int
	}{
		{"here", "", "127.0.0.1:1", "localhost:8080", "", http.StatusOK},
		{"elsewhere", "", "192.0.2.1:1", "10.0.0.5:8080", "", http.StatusForbidden},
		{"by a name of somebody else", "", "127.0.0.1:1", "example.org:8080", "", http.StatusForbidden},
		{"elsewhere without the token", "secret", "192.0.2.1:1", "10.0.0.5:8080", "", http.StatusUnauthorized},
		{"here without the token", "secret", "127.0.0.1:1", "localhost:8080", "", http.StatusUnauthorized},
		{"another token", "secret", "192.0.2.1:1", "10.0.0.5:8080", "other", http.StatusUnauthorized},
		{"with the token", "secret", "192.0.2.1:1", "10.0.0.5:8080", "secret", http.StatusOK},
	} {
		s := &server{ring: newLogRing(), name: "w1"}
		request := httptest.NewRequest(http.MethodGet, "/debug/log?submission=s1", nil)
		request.RemoteAddr, request.Host = tt.from, tt.host
		if tt.shown != "" {
			request.Header.Set("Authorization", "Bearer "+tt.shown)
		}
		recorder := httptest.NewRecorder()
		monitorRoutes(prometheus.NewRegistry(), s.unready, s.languageProgress, s.serveLog, top.NewPage(tt.token)).ServeHTTP(recorder, request)
		told := recorder.Header().Get(message.HeaderLogWorker) == "w1"
		if recorder.Code != tt.want || told != (tt.want == http.StatusOK) {
			t.Errorf("%s: status %d, the log is told: %v; want %d", tt.name, recorder.Code, told, tt.want)
		}
	}
}
