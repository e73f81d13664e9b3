package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Ready asks the worker of this host whether it takes submissions.
type Ready struct {
	settings.State
}

// readiness is what ready prints.
type readiness struct {
	Ready bool   `json:"ready"`
	Says  string `json:"says"` // why it takes none, or what is still to come
}

// readyTime bounds a question: health checks ask again soon.
const readyTime = 3 * time.Second

// Help returns what the command is for, with examples; kong prints it.
func (Ready) Help() string {
	return "It asks /readyz, where --http of the worker is, and ends with 1 when the worker takes no submissions, or when there is none: " +
		"for health checks.\n\n" + terminal.Examples(`
		gavel ready
		gavel ready --state-dir /var/lib/gavel --format json`)
}

// Run ends with exit.NotOK when the worker takes no submissions.
func (c Ready) Run(ctx context.Context, out *terminal.Output) error {
	dir, err := c.Dir()
	if err != nil {
		return err
	}
	answer := askReady(ctx, dir)
	if out.JSON {
		err = out.Object(answer)
	} else {
		out.Linef("%s", answer.Says)
	}
	if err == nil && !answer.Ready {
		err = exit.ErrNotOK
	}
	return err
}

// askReady asks the worker of a state directory.
func askReady(ctx context.Context, dir string) readiness {
	at, ok := state.FindEndpoint(dir)
	switch {
	case !ok && state.Locked(dir):
		return readiness{Says: fmt.Sprintf("the worker of %s is starting or stopping", dir)}
	case !ok:
		return readiness{Says: fmt.Sprintf("no worker of this host uses %s; name the directory of the one that is meant with --state-dir DIR", dir)}
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.HTTP+"/readyz", http.NoBody)
	if err != nil {
		return readiness{Says: err.Error()}
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return readiness{Says: fmt.Sprintf("the worker of %s does not answer: %v", dir, err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return readiness{Says: fmt.Sprintf("the worker of %s does not answer: %v", dir, err)}
	}
	return readiness{Ready: response.StatusCode == http.StatusOK, Says: strings.TrimSpace(string(body))}
}
