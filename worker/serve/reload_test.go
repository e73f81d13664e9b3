package serve

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
)

func TestCompare(t *testing.T) {
	running := Command{Judging: settings.Judging{Languages: "a.yaml", Slots: 2}}
	for name, test := range map[string]struct {
		change    func(*Command)
		sameTable bool
		want      Reloaded
	}{
		"nothing": {func(*Command) {}, true, Reloaded{Changed: []string{}, NeedsRestart: []string{}}},
		"live and not": {
			func(c *Command) { c.Slots, c.Log.Level, c.NATS.User, c.MinFreeDisk = 3, "debug", "judge", 1 }, true,
			Reloaded{Changed: []string{"log.level", "min_free_disk"}, NeedsRestart: []string{"nats.user", "slots"}},
		},
		"another table": {
			func(c *Command) { c.Languages = "b.yaml" }, false, Reloaded{Changed: []string{"languages"}, NeedsRestart: []string{}},
		},
		"the table's content": {
			func(c *Command) { c.Problems = "/srv/problems" }, false,
			Reloaded{Changed: []string{"languages", "problems"}, NeedsRestart: []string{}},
		},
		"the table's name": {
			func(c *Command) { c.Languages = "b.yaml" }, true, Reloaded{Changed: []string{"languages"}, NeedsRestart: []string{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			next := running
			test.change(&next)
			if diff := cmp.Diff(test.want, compare(running, next, test.sameTable)); diff != "" {
				t.Errorf("compare() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEverySettingIsCompared holds what a reload looks at to what the configuration file may say.
func TestEverySettingIsCompared(t *testing.T) {
	text, err := os.ReadFile("../../configs/worker.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var want []string
	for name, value := range file {
		group, nested := value.(map[string]any)
		if !nested {
			want = append(want, name)
		}
		for inner := range group {
			want = append(want, name+"."+inner)
		}
	}
	slices.Sort(want)
	got := settings.Changed(struct{}{}, Command{})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Changed() mismatch (-want +got):\n%s", diff)
	}
	for _, name := range liveSettings() {
		if !slices.Contains(got, name) {
			t.Errorf("%s is no setting", name)
		}
	}
}

// The level is that of the writer, also for loggers that were made before it changed.
func TestLeveledWriter(t *testing.T) {
	var written bytes.Buffer
	w := &leveledWriter{Writer: &written}
	log := zerolog.New(w)
	tell := func(level string) {
		t.Helper()
		if err := w.set(level); err != nil {
			t.Fatal(err)
		}
		log.Debug().Msg("below " + level)
		log.Warn().Msg("at " + level)
		log.Error().Msg("above " + level)
	}
	tell("warn")
	tell("error")
	tell("debug")
	want := `{"level":"warn","message":"at warn"}
{"level":"error","message":"above warn"}
{"level":"error","message":"above error"}
{"level":"debug","message":"below debug"}
{"level":"warn","message":"at debug"}
{"level":"error","message":"above debug"}
`
	if diff := cmp.Diff(want, written.String()); diff != "" {
		t.Errorf("log mismatch (-want +got):\n%s", diff)
	}
	if w.set("loud") == nil {
		t.Error("set takes the level loud")
	}
}

func TestMoreLogged(t *testing.T) {
	for _, test := range []struct{ a, b, want string }{
		{"debug", "error", "debug"}, {"error", "info", "info"}, {"warn", "warn", "warn"},
	} {
		if got := moreLogged(test.a, test.b); got != test.want {
			t.Errorf("moreLogged(%s, %s) = %s, want %s", test.a, test.b, got, test.want)
		}
	}
}

// What the worker answers is what the command gets: the result, or the reason with its exit code.
func TestReloadAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		result Reloaded
		err    error
		want   string
		code   int
	}{
		"applied":      {Reloaded{Changed: []string{"lanes"}, NeedsRestart: []string{"slots"}}, nil, "", exit.OK},
		"a bad file":   {Reloaded{}, exit.Usage(errors.New("worker.yaml:2: unknown setting")), "nothing has changed: worker.yaml:2: unknown setting", exit.BadRequest},
		"a host fault": {Reloaded{}, errors.New("disk is full"), "nothing has changed: disk is full", exit.Fault},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := httptest.NewRecorder()
			answerReload(recorder, func(string) (Reloaded, error) { return test.result, test.err })
			got, err := readAnswer(recorder.Code, recorder.Body.Bytes())
			if diff := cmp.Diff(test.result, got); diff != "" {
				t.Errorf("readAnswer() mismatch (-want +got):\n%s", diff)
			}
			if exit.CodeOf(err) != test.code || err != nil && err.Error() != test.want {
				t.Errorf("readAnswer() = %v with exit code %d, want %q with %d", err, exit.CodeOf(err), test.want, test.code)
			}
		})
	}
	for _, body := range []string{"", "404 page not found", "{}"} {
		if _, err := readAnswer(http.StatusNotFound, []byte(body)); exit.CodeOf(err) != exit.Fault {
			t.Errorf("readAnswer(404, %q) = %v, want an error", body, err)
		}
	}
}
