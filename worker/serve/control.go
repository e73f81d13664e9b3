package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Other commands of this host reach the worker by HTTP over the socket in its state directory, which its user and root alone can open:
//
//	POST /reload                   a Reloaded, or a refusal
//	GET /debug/log?submission=ID   as on --http; no token is asked for
//	GET /problems                  a ProblemsDirectory

// refusal is why a reload changed nothing.
type refusal struct {
	Error string `json:"error"`
	Code  int    `json:"code"` // to exit with
}

// reloadTime bounds a reload, which waits for the end of what prepares a language.
const reloadTime = time.Minute

// startControl answers other commands until the stop function is called, which waits for those that are being answered.
func (s *server) startControl(r *reloader) (stop func(), err error) {
	listener, err := s.state.ListenControl()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, _ *http.Request) { answerReload(w, r.reload) })
	mux.HandleFunc("GET /debug/log", s.serveLog)
	mux.HandleFunc("GET /problems", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(r.problemsDirectory()) // who asked may have gone
	})
	server := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) }) // ends when it is told to
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), reloadTime)
		defer cancel()
		s.state.RemoveControl()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		serving.Wait()
	}, nil
}

// ProblemsDirectory is where a worker looks for packages beside the store.
type ProblemsDirectory struct {
	Path string `json:"path"` // absolute; "" for none
}

// problemsDirectory tells it as it is after the last reload.
func (r *reloader) problemsDirectory() ProblemsDirectory {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running.Problems == "" {
		return ProblemsDirectory{}
	}
	path, err := filepath.Abs(r.running.Problems)
	if err != nil {
		return ProblemsDirectory{} // where the worker was started is gone
	}
	return ProblemsDirectory{path}
}

// FindProblems asks the worker of a state directory where it looks for packages beside the store. The error says that there is no
// such worker.
func FindProblems(ctx context.Context, dir string) (found ProblemsDirectory, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://worker/problems", nil)
	if err != nil {
		return found, err
	}
	response, err := state.ControlTransport(dir).RoundTrip(request)
	if err != nil {
		return found, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return found, fmt.Errorf("the worker answers with status %d: it is of an earlier version", response.StatusCode)
	}
	return found, json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&found)
}

func answerReload(w http.ResponseWriter, reload func(cause string) (Reloaded, error)) {
	result, err := reload("gavel reload")
	var answer any = result
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		answer = refusal{err.Error(), exit.CodeOf(err)}
	}
	_ = json.NewEncoder(w).Encode(answer) // who asked may have gone; the log has told
}

// Reload tells a worker of this host to read its configuration anew.
type Reload struct {
	settings.State
}

// Help returns what the command is for, with examples; kong prints it.
func (Reload) Help() string {
	return "The worker reads its configuration file and language table, checks everything, and then takes over what can change while it " +
		"works: " + strings.Join(liveSettings(), ", ") + ". The rest is named, and counts after a restart. What is wrong changes " +
		"nothing. Submissions are judged meanwhile.\n\n" + terminal.Examples(`
		gavel reload
		gavel reload --state-dir /var/lib/gavel --format json`)
}

// Run tells what has changed, or why nothing has.
func (c Reload) Run(ctx context.Context, out *terminal.Output) error {
	dir, err := c.Dir()
	if err != nil {
		return err
	}
	result, err := requestReload(ctx, dir)
	if err != nil {
		return err
	}
	if out.JSON {
		return out.Object(result)
	}
	if len(result.Changed) == 0 {
		out.Linef("nothing has changed")
	} else {
		out.Linef("changed: %s", strings.Join(result.Changed, ", "))
	}
	if len(result.NeedsRestart) > 0 {
		out.Linef("needs a restart: %s", strings.Join(result.NeedsRestart, ", "))
	}
	return nil
}

// requestReload asks the worker of a state directory.
func requestReload(ctx context.Context, dir string) (Reloaded, error) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://worker/reload", http.NoBody)
	if err != nil {
		return Reloaded{}, err
	}
	response, err := state.ControlTransport(dir).RoundTrip(request)
	if err != nil {
		return Reloaded{}, err
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		return Reloaded{}, fmt.Errorf("read the worker's answer: %w", err)
	}
	return readAnswer(response.StatusCode, body.Bytes())
}

func readAnswer(status int, body []byte) (Reloaded, error) {
	var result Reloaded
	var refused refusal
	var err error
	if status == http.StatusOK {
		err = json.Unmarshal(body, &result)
	} else {
		err = json.Unmarshal(body, &refused)
	}
	switch {
	case err != nil || status != http.StatusOK && refused.Error == "":
		return Reloaded{}, fmt.Errorf("the worker answers with status %d, which is none of this version: restart it", status)
	case refused.Code == exit.BadRequest:
		return Reloaded{}, exit.Usage(fmt.Errorf("nothing has changed: %s", refused.Error))
	case refused.Error != "":
		return Reloaded{}, errors.New("nothing has changed: " + refused.Error)
	}
	return result, nil
}
