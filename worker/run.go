package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// runCmd has a worker run files on inputs.
type runCmd struct {
	settings.State
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Language string                `help:"Language of the files; by default what their names tell."                    placeholder:"ID"`
	Entry    string                `help:"File or class to start, where there are several."                            name:"entry-point" placeholder:"NAME"`
	Pool     settings.SubjectToken `default:"${pool}"                                                                  env:"GAVEL_POOL" help:"Pool of workers." placeholder:"NAME"`
	Input    []string              `help:"Files, of which each is the standard input of one run; - for that of gavel." placeholder:"FILE" sep:"none"`
	Text     []string              `help:"The text of a standard input, for one more run."                             placeholder:"TEXT" sep:"none"`
	Args     []string              `help:"Argument of the program; may be given several times."                        name:"arg" placeholder:"TEXT" sep:"none"`
	CPU      settings.Span         `default:"10s"                                                                      help:"CPU time of each run." name:"cpu" placeholder:"TIME"`
	Wall     settings.Span         `help:"Real time of each run; three times the CPU time and 1 s if not given."       placeholder:"TIME"`
	Memory   settings.ByteSize     `default:"256MiB"                                                                   help:"Memory of each run." placeholder:"SIZE"`
	Output   settings.ByteSize     `default:"16MiB"                                                                    help:"Standard output and error of each run together." placeholder:"SIZE"`
	Inline   settings.ByteSize     `default:"64KiB"                                                                    help:"How much of each output to get, at most 1MiB." placeholder:"SIZE"`
	Keep     bool                  `name:"keep-outputs" help:"Put whole outputs into the object store."`
	Files    []string              `arg:""                                                                             help:"Source files, directories, or archives (.zip, .tar, .tar.gz) of them." name:"file"`
}

// maxRunInput bounds what is read of one input, so that a wrong path does not fill the memory.
const maxRunInput = api.MaxRunInputBytes

// request is what the flags ask for. Without any input there is one run, on an empty one.
func (c runCmd) request() (api.RunRequest, error) {
	files, err := readSources("", c.Files)
	if err != nil {
		return api.RunRequest{}, err
	}
	r := api.RunRequest{
		Version: api.Version, Language: c.Language, EntryPoint: c.Entry, Files: files, Args: c.Args, Keep: c.Keep,
		Limits: api.RunLimits{
			CPUUsec: c.CPU.Duration().Microseconds(), WallUsec: c.Wall.Duration().Microseconds(),
			Memory: int64(c.Memory), Output: int64(c.Output),
		},
		InlineBytes: int64(c.Inline),
	}
	if c.Inline == 0 {
		r.InlineBytes = -1
	}
	for _, path := range c.Input {
		in, err := readRunInput(path)
		if err != nil {
			return r, exit.Usage(fmt.Errorf("--input: %w", err))
		}
		r.Inputs = append(r.Inputs, in)
	}
	for _, text := range c.Text {
		r.Inputs = append(r.Inputs, api.RunInput{Content: []byte(text)})
	}
	if len(r.Inputs) == 0 {
		r.Inputs = []api.RunInput{{}}
	}
	return r, api.ValidateRun(r)
}

// readRunInput reads an input, which may come through a pipe.
func readRunInput(path string) (in api.RunInput, err error) {
	from := os.Stdin
	if path != "-" {
		if from, err = os.Open(path); err != nil {
			return in, err
		}
		defer from.Close()
		in.Name = filepath.Base(path)
	}
	in.Content, err = io.ReadAll(io.LimitReader(from, maxRunInput+1))
	if len(in.Content) > maxRunInput {
		err = fmt.Errorf("%s is larger than %s", path, terminal.Mebibytes(maxRunInput))
	}
	return in, err
}

func (c runCmd) Run(ctx context.Context, out *terminal.Output) error {
	if err := c.NATS.Check(); err != nil {
		return err
	}
	request, err := c.request()
	if err != nil {
		return err
	}
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return err
	}
	defer done()
	out.Progressf("running")
	result, err := platform.Run(ctx, string(c.Pool), request)
	out.Done()
	if err != nil {
		return err
	}
	if out.JSON {
		err = out.Object(result)
	} else {
		err = printRuns(out, result)
	}
	return errors.Join(err, runsOK(result))
}

// runsOK is exit.ErrNotOK unless every run ended well.
func runsOK(r api.RunResult) error {
	if r.Status != api.RunOK {
		return exit.ErrNotOK
	}
	for _, run := range r.Runs {
		if run.Status != api.RunOK {
			return exit.ErrNotOK
		}
	}
	return nil
}

// printRuns passes the outputs on, and the facts to stderr.
func printRuns(out *terminal.Output, r api.RunResult) error {
	if log := strings.TrimRight(r.Compile.Log, "\n"); log != "" {
		out.Note(terminal.PrintableLines(log))
	}
	if r.Status != api.RunOK {
		out.Notef("%s %s, nothing was run", r.Status, r.Reason)
	}
	for _, run := range r.Runs {
		if _, err := out.Write(run.Stdout.Inline()); err != nil {
			return err
		}
		if _, err := out.Stderr.Write(run.Stderr.Inline()); err != nil {
			return err
		}
		out.Notef("%s", describeRun(run))
	}
	return nil
}

// describeRun is how a run ended, for people.
func describeRun(run api.Run) string {
	parts := []string{strings.TrimSpace(run.Status + " " + string(run.Reason))}
	switch {
	case run.Signal != "":
		parts = append(parts, "killed by "+run.Signal)
	case run.ExitCode != 0:
		parts = append(parts, fmt.Sprintf("exited with %d", run.ExitCode))
	case run.Message != "":
		parts = append(parts, run.Message)
	}
	parts = append(parts, fmt.Sprintf("CPU %s, wall %s, peak %s", terminal.Seconds(run.CPUUsec), terminal.Seconds(run.WallUsec), terminal.Mebibytes(run.PeakMemory)))
	for i, o := range []api.RunOutput{run.Stdout, run.Stderr} {
		if o.Truncated {
			parts = append(parts, fmt.Sprintf("standard %s cut: %d of %d bytes", []string{"output", "error"}[i], len(o.Inline()), o.Bytes))
		}
	}
	return "input " + run.Name + ": " + strings.Join(parts, "; ")
}
