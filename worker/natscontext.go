package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// natsContextCmd tells the nats command line how to reach the queue.
type natsContextCmd struct {
	settings.State
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Name settings.SubjectToken `default:"gavel" help:"Name of the context." placeholder:"NAME"`
}

// natsContext is a context as the nats command line keeps it, in a file of that name. Files are absolute paths.
type natsContext struct {
	Description string `json:"description"`
	URL         string `json:"url"`
	User        string `json:"user,omitempty"`
	Password    string `json:"password,omitempty"`
	Creds       string `json:"creds,omitempty"`
	NKey        string `json:"nkey,omitempty"`
	Cert        string `json:"cert,omitempty"`
	Key         string `json:"key,omitempty"`
	CA          string `json:"ca,omitempty"`
}

// natsContextReport is what the command prints for programs.
type natsContextReport struct {
	Context  string `json:"context"`
	File     string `json:"file"`
	URL      string `json:"url"`
	Selected bool   `json:"selected"` // commands of nats use it unless they name another one
}

func (c natsContextCmd) Run(out *terminal.Output) error {
	if c.Name == "" {
		return exit.Usage(errors.New("--name is empty; leave it out for the context named gavel"))
	}
	context, err := c.context()
	if err != nil {
		return err
	}
	dir, err := natsConfigDir()
	if err != nil {
		return err
	}
	report := natsContextReport{
		Context: string(c.Name), File: filepath.Join(dir, "context", string(c.Name)+".json"), URL: client.Config{URL: context.URL}.RedactedURL(),
	}
	if err := context.write(report.File); err != nil {
		return fmt.Errorf("write context of nats: %w", err)
	}
	selected, err := selectNATSContext(dir, report.Context)
	if err != nil {
		return fmt.Errorf("select context of nats: %w", err)
	}
	report.Selected = selected == report.Context
	if out.JSON {
		return out.Object(report)
	}
	out.Linef("%s", report.File)
	if !report.Selected {
		out.Notef("the context %s stays selected: nats --context %s ..., or nats context select %s", selected, report.Context, report.Context)
	}
	return nil
}

// context is how the settings, or else the worker on this host, say that the queue is reached.
func (c natsContextCmd) context() (natsContext, error) {
	if err := c.NATS.Check(); err != nil {
		return natsContext{}, err
	}
	nats := c.NATS
	if nats.URL == "" {
		dir, err := c.Dir()
		if err != nil {
			return natsContext{}, err
		}
		at, ok := state.FindEndpoint(dir)
		if !ok {
			return natsContext{}, fmt.Errorf("no worker with the state directory %s is running\n%s", dir, connect.StartWorker)
		}
		nats = nats.OfLocalWorker(dir)
		nats.URL = settings.ServerURL(at.NATS)
	}
	password, err := nats.Password()
	if err != nil {
		return natsContext{}, err
	}
	n := natsContext{
		Description: "The queue of gavel", URL: string(nats.URL), User: nats.User, Password: password,
		Creds: nats.Credentials, NKey: nats.NKey, Cert: nats.Cert, Key: nats.Key, CA: nats.CA,
	}
	return n, n.absolute()
}

// absolute makes the paths good from every directory.
func (n *natsContext) absolute() error {
	for _, file := range []*string{&n.Creds, &n.NKey, &n.Cert, &n.Key, &n.CA} {
		if *file == "" {
			continue
		}
		path, err := filepath.Abs(*file)
		if err != nil {
			return err
		}
		*file = path
	}
	return nil
}

// write keeps the context for its owner alone: it may hold a password.
func (n natsContext) write(file string) error {
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return state.WritePrivate(file, append(text, '\n'))
}

// natsConfigDir is where the nats command line keeps what it knows.
func natsConfigDir() (string, error) {
	parent := os.Getenv("XDG_CONFIG_HOME")
	if parent == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", exit.Usage(errors.New("there is no home directory to keep the context in; set HOME or XDG_CONFIG_HOME"))
		}
		parent = filepath.Join(home, ".config")
	}
	return filepath.Join(parent, "nats"), nil
}

// selectNATSContext selects a context where none is, and returns the selected one.
func selectNATSContext(dir, name string) (selected string, err error) {
	file := filepath.Join(dir, "context.txt")
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if selected = string(bytes.TrimSpace(text)); selected != "" && wholefile.Exists(filepath.Join(dir, "context", selected+".json")) {
		return selected, nil
	}
	return name, state.WritePrivate(file, []byte(name))
}
