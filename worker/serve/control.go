package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Other commands of this host reach the worker by HTTP over the socket in its state directory. POST /reload is answered with a
// Reloaded, or with a refusal.

// refusal is why a reload changed nothing.
type refusal struct {
	Error string `json:"error"`
	Code  int    `json:"code"` // to exit with
}

// reloadTime bounds a reload, which waits for the end of what prepares a language.
const reloadTime = time.Minute

// startControl answers other commands until the stop function is called, which waits for those that are being answered.
func (s *server) startControl(reload func(cause string) (Reloaded, error)) (stop func(), err error) {
	listener, err := s.state.ListenControl()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, _ *http.Request) { answerReload(w, reload) })
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
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return state.DialControl(ctx, dir) },
		DisableKeepAlives: true,
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://worker/reload", http.NoBody)
	if err != nil {
		return Reloaded{}, err
	}
	response, err := transport.RoundTrip(request)
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
