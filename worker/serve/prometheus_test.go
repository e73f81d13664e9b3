package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/top"
)

const (
	prometheusDir = "../../configs/prometheus"
	alertGuide    = "../../configs/docs/alerts.md"
	alertGuideURL = "https://github.com/gaveloj/gavel/blob/main/configs/docs/alerts.md"
	dashboard     = "../../configs/grafana/gavel.json"
)

// alertRule is one rule of alerts.yml.
type alertRule struct {
	Alert, Expr string
	Annotations map[string]string
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(prometheusDir, "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []alertRule } }
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var rules []alertRule
	for _, g := range file.Groups {
		rules = append(rules, g.Rules...)
	}
	if len(rules) == 0 {
		t.Fatal("alerts.yml has no rule")
	}
	return rules
}

// promtoolPath is promtool in the PATH, or where promtool.sh puts it.
func promtoolPath() (string, error) {
	found, err := exec.LookPath("promtool")
	if err == nil {
		return found, nil
	}
	unpacked, absErr := filepath.Abs("../../.gavel/tools/promtool")
	if absErr != nil {
		return "", err
	}
	if _, statErr := os.Stat(unpacked); statErr != nil {
		return "", err
	}
	return unpacked, nil
}

// promtool runs it, and fails the test when it finds fault.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	path, err := promtoolPath()
	sandboxtest.RequireToolchain(t, func() error { return err })
	cmd := exec.Command(path, args...)
	cmd.Dir = prometheusDir
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

// A Prometheus starts with the files as they are shipped, and its alerts fire.
func TestPrometheusFiles(t *testing.T) {
	t.Parallel()
	promtool(t, "", "check", "config", "prometheus.yml")
	promtool(t, "", "check", "config", "prometheus-compose.yml")
	promtool(t, "", "check", "rules", "alerts.yml")
	promtool(t, "", "test", "rules", "alerts_test.yml")
}

// What a new worker serves at /metrics is as Prometheus wants it, and has everything that an alert looks at before
// anything has happened.
func TestPrometheusMetrics(t *testing.T) {
	t.Parallel()
	s := newServer(Command{}, zerolog.Nop(), newLogRing(), &state.Dir{})
	s.metrics.WatchPool(func() metrics.PoolStats { return metrics.PoolStats{} })
	languages := func() map[string]bool { return map[string]bool{"cpp17": true} }
	s.metrics.WatchLanguages(languages, languages)
	s.metrics.DiskFree(metrics.DirectoryState, 1<<40)
	s.metrics.Calibration(time.Millisecond, time.Millisecond)
	recorder := httptest.NewRecorder()
	monitorRoutes(s.registry, s.unready, s.languageProgress, s.serveLog, top.NewPage("")).ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	promtool(t, recorder.Body.String(), "check", "metrics")

	// These appear with the first submission, and as soon as the first round over the queue is over.
	later := []string{metrics.NamePhaseDuration, metrics.NameQueueOldest}
	served := metricNames(t, s.registry)
	for _, rule := range alertRules(t) {
		for _, name := range judgeNames(rule.Expr) {
			if !slices.Contains(served, name) && !slices.Contains(later, name) {
				t.Errorf("%s looks at %s, which a new worker does not serve", rule.Alert, name)
			}
		}
	}
}

// metricNames lists the names that a registry gathers.
func metricNames(t *testing.T, g prometheus.Gatherer) []string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	return names
}

// judgeNames lists the metrics of Gavel that an expression asks for.
func judgeNames(expr string) []string {
	var names []string
	for _, name := range regexp.MustCompile(`\bjudge_[a-z_]+`).FindAllString(expr, -1) {
		names = append(names, strings.TrimSuffix(name, "_bucket"))
	}
	return names
}

// Each alert has a test of its rule and a heading in the guide, to which it links; the guide has no other headings.
func TestAlertsAreDocumented(t *testing.T) {
	t.Parallel()
	tests, err := os.ReadFile(filepath.Join(prometheusDir, "alerts_test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile(alertGuide)
	if err != nil {
		t.Fatal(err)
	}
	var headings, alerts []string
	for _, found := range regexp.MustCompile(`(?m)^## (Gavel\w+)$`).FindAllSubmatch(guide, -1) {
		headings = append(headings, string(found[1]))
	}
	for _, rule := range alertRules(t) {
		alerts = append(alerts, rule.Alert)
		if want := alertGuideURL + "#" + strings.ToLower(rule.Alert); rule.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url is %q, want %q", rule.Alert, rule.Annotations["runbook_url"], want)
		}
		if !bytes.Contains(tests, []byte("alertname: "+rule.Alert+"\n        exp_alerts:")) {
			t.Errorf("alerts_test.yml never makes %s fire", rule.Alert)
		}
	}
	if !slices.Equal(headings, alerts) {
		t.Errorf("alerts.md has the headings %v, want one for each alert, in their order: %v", headings, alerts)
	}
}

// grafanaBoard is as much of the dashboard as the tests look at.
type grafanaBoard struct {
	Templating struct {
		List []struct{ Name, Query string }
	}
	Panels []struct{ Targets []struct{ Expr string } }
}

func readDashboard(t *testing.T) (board grafanaBoard) {
	t.Helper()
	data, err := os.ReadFile(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	return board
}

// exprs lists what the panels ask for.
func (b grafanaBoard) exprs() (exprs []string) {
	for _, panel := range b.Panels {
		for _, target := range panel.Targets {
			exprs = append(exprs, target.Expr)
		}
	}
	return exprs
}

// Panels can be narrowed down to pools and workers: what is chosen there counts in some panel, and panels use nothing else.
func TestDashboardVariables(t *testing.T) {
	t.Parallel()
	board := readDashboard(t)
	var defined, used []string
	for _, variable := range board.Templating.List {
		if defined = append(defined, variable.Name); variable.Name == "datasource" {
			used = append(used, variable.Name) // by every panel
		}
	}
	for _, found := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(strings.Join(board.exprs(), "\n"), -1) {
		used = append(used, found[1])
	}
	slices.Sort(defined)
	slices.Sort(used)
	if diff := cmp.Diff(defined, slices.Compact(used)); diff != "" {
		t.Errorf("variables (-defined +used):\n%s", diff)
	}
	if want := []string{"datasource", "instance", "pool"}; !slices.Equal(defined, want) {
		t.Errorf("dashboard has the variables %v, want %v", defined, want)
	}
}

// The dashboard shows every metric, and nothing else.
func TestDashboard(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../metrics/names.go")
	if err != nil {
		t.Fatal(err)
	}
	known := judgeNames(string(source))
	board := readDashboard(t)
	shown := judgeNames(strings.Join(board.exprs(), "\n"))
	for _, variable := range board.Templating.List {
		shown = append(shown, judgeNames(variable.Query)...)
	}
	for _, names := range [][]string{known, shown} {
		slices.Sort(names)
	}
	if diff := cmp.Diff(slices.Compact(known), slices.Compact(shown)); diff != "" {
		t.Errorf("metrics (-named +on the dashboard):\n%s", diff)
	}
}

// Prometheus understands what the dashboard asks.
func TestDashboardExpressions(t *testing.T) {
	t.Parallel()
	type rule struct{ Record, Expr string }
	var rules []rule
	for i, expr := range readDashboard(t).exprs() {
		expr = strings.NewReplacer("$instance", ".*", "$pool", ".*").Replace(expr)
		rules = append(rules, rule{fmt.Sprintf("panel:%d", i), expr})
	}
	data, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "check", "rules", file)
}
