package main

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/worker/wholefile"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// composeService is as much of a service of docker-compose.yml as the test looks at.
type composeService struct {
	Profiles    []string
	Command     []string
	Environment map[string]string
	Volumes     []string
	Ports       []string
}

// hostPath is what of the module a path in the service's container shows; "" for nothing.
func (s composeService) hostPath(inside string) string {
	for _, volume := range s.Volumes {
		from, to, _ := strings.Cut(volume, ":")
		to, _, _ = strings.Cut(to, ":")
		if strings.HasPrefix(from, "./") && (inside == to || strings.HasPrefix(inside, to+"/")) {
			return path.Join("..", from, strings.TrimPrefix(inside, to))
		}
	}
	return ""
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// The profile monitoring of docker-compose.yml brings up a Prometheus that reads the worker and has the alerts, and a Grafana
// that reads Prometheus and has the dashboard. It needs images from elsewhere, so this holds the files together without them.
func TestComposeMonitoring(t *testing.T) {
	t.Parallel()
	var compose struct{ Services map[string]composeService }
	readYAML(t, "../docker-compose.yml", &compose)
	profiles := map[string][]string{}
	for name, service := range compose.Services {
		profiles[name] = service.Profiles
		for _, volume := range service.Volumes {
			if from, _, _ := strings.Cut(volume, ":"); strings.HasPrefix(from, "./") && !wholefile.Exists(filepath.Join("..", from)) {
				t.Errorf("%s mounts %s, which is not there", name, from)
			}
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s publishes %s beyond loopback", name, port)
			}
		}
	}
	want := map[string][]string{"nats": nil, "worker": nil, "prometheus": {"monitoring"}, "grafana": {"monitoring"}}
	if diff := cmp.Diff(want, profiles); diff != "" {
		t.Fatalf("profiles mismatch (-want +got):\n%s", diff)
	}
	if port := compose.Services["worker"].Environment["GAVEL_HTTP"]; port != "0.0.0.0:8080" {
		t.Errorf("worker serves metrics at %s, and Prometheus asks port 8080", port)
	}
	checkPrometheus(t, compose.Services["prometheus"])
	checkGrafana(t, compose.Services["grafana"])
}

func checkPrometheus(t *testing.T, s composeService) {
	t.Helper()
	const flag = "--config.file="
	i := slices.IndexFunc(s.Command, func(arg string) bool { return strings.HasPrefix(arg, flag) })
	if i < 0 {
		t.Fatalf("prometheus has the command %q, without %s", s.Command, flag)
	}
	file := s.hostPath(strings.TrimPrefix(s.Command[i], flag))
	type target struct {
		Names []string
		Port  int
	}
	type job struct {
		Name    string   `yaml:"job_name"`
		Targets []target `yaml:"dns_sd_configs"`
	}
	type config struct {
		Rules []string `yaml:"rule_files"`
		Jobs  []job    `yaml:"scrape_configs"`
	}
	var got config
	readYAML(t, file, &got)
	want := config{Rules: []string{"alerts.yml"}, Jobs: []job{{"gavel", []target{{[]string{"worker"}, 8080}}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s mismatch (-want +got):\n%s", file, diff)
	}
	if rules := filepath.Join(filepath.Dir(file), "alerts.yml"); !wholefile.Exists(rules) {
		t.Errorf("%s is not there", rules)
	}
}

func checkGrafana(t *testing.T, s composeService) {
	t.Helper()
	dir := s.hostPath("/etc/grafana/provisioning")
	var sources struct {
		Datasources []struct {
			Type, URL string
			IsDefault bool `yaml:"isDefault"`
		}
	}
	readYAML(t, filepath.Join(dir, "datasources/prometheus.yml"), &sources)
	if d := sources.Datasources; len(d) != 1 || d[0].Type != "prometheus" || d[0].URL != "http://prometheus:9090" || !d[0].IsDefault {
		t.Errorf("data sources %+v, want the service prometheus alone", d)
	}
	var boards struct {
		Providers []struct {
			Type    string
			Options struct{ Path string }
		}
	}
	readYAML(t, filepath.Join(dir, "dashboards/gavel.yml"), &boards)
	if len(boards.Providers) != 1 || boards.Providers[0].Type != "file" {
		t.Fatalf("dashboards come from %+v, want one directory", boards.Providers)
	}
	if got := s.hostPath(boards.Providers[0].Options.Path + "/gavel.json"); got != "../configs/grafana/gavel.json" {
		t.Errorf("grafana finds %q as its dashboard", got)
	}
}
