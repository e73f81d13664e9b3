// Package execute runs one command in a container and tells what it used: gavel exec. Its files are put in and copied back, its
// output is passed on while it runs, and with --repeat it is run again and again to see what varies.
package execute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Command runs one command in a container.
type Command struct {
	CPU    settings.Span     `default:"10s"    help:"CPU time of all its processes together; 0 for no limit."                    name:"cpu"          placeholder:"TIME"`
	Wall   settings.Span     `default:"30s"    help:"Real time; 0 for no limit."                                                 placeholder:"TIME"`
	Memory settings.ByteSize `default:"256MiB" help:"Memory of all its processes together; 0 for no limit."                      placeholder:"SIZE"`
	Output settings.ByteSize `default:"16MiB"  help:"Standard output and error together."                                        placeholder:"SIZE"`
	Pids   settings.PIDCount `default:"128"    help:"Processes and threads at one time."                                         placeholder:"N"`
	Input  string            `aliases:"stdin" default:"" help:"File that it reads as standard input in place of that of gavel; /dev/null for an empty one." placeholder:"FILE"`
	File   []fileIn          `help:"File of yours to put into its working directory, under its own name or as DEST. It can be read and, where it is executable, run, but not changed. May be given several times." placeholder:"SRC[:DEST]" sep:"none"`
	Out    []fileOut         `help:"File that the command leaves, to be copied from its working directory into this one, under its own name or as DEST. May be given several times." placeholder:"PATH[:DEST]" sep:"none"`
	Env    []variable        `help:"Environment variable, beside PATH, HOME and LANG. May be given several times." placeholder:"NAME=VALUE" sep:"none"`
	Dir    string            `help:"Its working directory in the container, from /w on; made where it is not there." placeholder:"DIR"`
	Repeat repeatCount       `default:"1"      help:"Run it N times, each in a clean container with the same input, and print minimum, median and maximum of CPU time, wall time and memory. The output is that of the first run." placeholder:"N"`
	Args   []string          `arg:""           help:"The command, after --."                                                     name:"argv"`
}

// Help returns what the command is for, with examples; kong prints it.
func (Command) Help() string {
	return view + terminal.Examples(`
		gavel exec -- python3 -c 'print(sum(range(10**7)))'
		gavel exec --cpu 2s --memory 64MiB --input data.txt -- sort -n
		gavel exec --file ./prog -- ./prog < in.txt
		gavel exec --file build/prog:solve --file words.txt --out result.txt --env MODE=fast -- ./solve words.txt
		gavel exec --file ./prog --repeat 20 --input in.txt -- ./prog`)
}

// view says what a command sees in its container.
const view = `What the container shows: the toolchains of this host, read-only (/usr, /bin, /lib, /opt and some of /etc; gavel doctor lists
them), an empty working directory /w, /tmp and /dev/shm of 1 GiB each, /proc of its own, and the harmless devices. What it hides:
every other file of the host, yours too, until --file brings them; the network; the processes, users and environment of
the host. A program that is linked dynamically finds the libraries of this host below /usr and /lib, and none elsewhere: bring
others with --file and name them with --env LD_LIBRARY_PATH=/w. The output is passed on as it comes. The exit code is 0 however
the command ended, and 1 where it left no file that --out asks for.

`

// workDir is the working directory in the container.
func (c Command) workDir() string { return inDirectory(sandbox.WorkDir, c.Dir) }

// inDirectory is a path in the container, taken from dir on where it is not absolute.
func inDirectory(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

func (c Command) validate() error {
	if c.Output == 0 {
		return exit.Usage(errors.New("--output 0 would keep everything; name the most that may be written, such as 16MiB"))
	}
	return errors.Join(c.checkFiles(), c.checkOuts())
}

// Run runs the command and prints what it used, also where it was interrupted.
func (c Command) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) error {
	if err := c.validate(); err != nil {
		return err
	}
	if err := settings.RefuseExposed(config.Private()...); err != nil {
		return err
	}
	files, err := c.openFiles()
	if err != nil {
		return err
	}
	defer closeFiles(files)
	input, err := c.openInput(ctx)
	if err != nil {
		return err
	}
	defer input.close()
	containers, err := pool.New(ctx, pool.Config{Slots: 1})
	if err != nil {
		return fmt.Errorf("make a container: %w", err)
	}
	x := execution{Command: c, out: out, files: files, input: input, containers: containers}
	err = errors.Join(x.runAll(ctx), containers.Close())
	if err == nil || len(x.results) > 0 { // what is known of a run that was interrupted is printed all the same
		err = errors.Join(x.print(), err)
	}
	return errors.Join(err, x.mute, ctx.Err())
}

// execution is the command as it is run, once or several times.
type execution struct {
	Command
	out        *terminal.Output
	files      []sandbox.File
	input      standardInput
	containers *pool.Pool

	results []sandbox.Result // of each run; only the first may have outputs
	outputs []outputDigest   // what each wrote
	missing error            // files of --out that the first run did not leave
	mute    error            // why the output could not be passed on
}

// runAll runs the command as often as it is asked for. Of the first run the output is shown, and files are copied back.
func (x *execution) runAll(ctx context.Context) error {
	defer x.out.Done()
	bar := x.out.Bar(int(x.Repeat), "runs")
	for i := range int(x.Repeat) {
		if i > 0 { // the first shows what the command writes
			bar.Set(i, "run %d of %d", i+1, x.Repeat)
		}
		if err := x.runOnce(ctx, i == 0); err != nil {
			return err
		}
		if ctx.Err() != nil || x.mute != nil {
			return nil // the last of the results says that it was ended
		}
	}
	return nil
}

// runOnce runs the command in a clean container.
func (x *execution) runOnce(ctx context.Context, first bool) error {
	stdin, err := x.input.open()
	if err != nil {
		return fmt.Errorf("open standard input: %w", err)
	}
	if stdin != nil {
		defer stdin.Close()
	}
	box, err := x.containers.Lease(ctx)
	if err != nil {
		return fmt.Errorf("lease the container: %w", err)
	}
	defer x.containers.Release(box)
	if err := x.put(ctx, box); err != nil {
		return err
	}
	result, digest, err := x.runIn(ctx, box, stdin, first)
	if err != nil {
		return err
	}
	x.results, x.outputs = append(x.results, result), append(x.outputs, digest)
	if first && result.KilledBy != sandbox.KillCancel {
		x.missing = x.copyBack(ctx, box)
	}
	return nil
}

// runIn runs the command in a container that has the files. Its output is passed on while it runs where it is for people, and
// is in the result where it is for programs.
func (x *execution) runIn(ctx context.Context, box *sandbox.Sandbox, stdin *os.File, shown bool) (sandbox.Result, outputDigest, error) {
	digest := newOutputDigest()
	cmd := x.command()
	cmd.Stdin, cmd.Live = stdin, digest.add
	outer := ctx
	ctx, cancel := context.WithCancelCause(outer)
	defer cancel(nil)
	var live *liveOutput
	switch {
	case shown && x.out.JSON:
		cmd.Live = nil
	case shown:
		live = newLiveOutput(x.out, cancel)
		cmd.Live = func(from sandbox.Stream, data []byte) { digest.add(from, data); live.add(from, data) }
	}
	result, err := box.Run(ctx, cmd)
	if live != nil {
		live.finish(ctx)
		if ctx.Err() != nil && outer.Err() == nil {
			x.mute = context.Cause(ctx)
		}
	}
	if err != nil {
		return result, digest, x.explainStart(err)
	}
	if result.Outcome == sandbox.OutcomeNotStarted {
		return result, digest, x.startFailed(result.Errno)
	}
	digest.add(sandbox.StandardOutput, result.Stdout)
	digest.add(sandbox.StandardError, result.Stderr)
	return result, digest, nil
}

// command is what is run, save its streams.
func (c Command) command() sandbox.Command {
	cmd := sandbox.Command{Args: c.Args, Dir: c.workDir(), MakeDirs: c.directories(), Limits: c.limits()}
	if len(c.Env) > 0 {
		cmd.Env = c.environment()
	}
	return cmd
}

func (c Command) limits() sandbox.Limits {
	return sandbox.Limits{
		CPU:    c.CPU.Duration(),
		Wall:   c.Wall.Duration(),
		Memory: sandbox.Bytes(c.Memory),
		Output: sandbox.Bytes(c.Output),
		Pids:   int(c.Pids),
	}
}

// explainStart tells the asker's mistakes from the host's faults.
func (c Command) explainStart(err error) error {
	var start *sandbox.StartError
	switch {
	case !errors.As(err, &start):
		return err
	case start.Step == "exec":
		return c.startFailed(start.Err)
	case c.Dir != "":
		return exit.Usage(fmt.Errorf("--dir %s: %w; name a directory below %s", c.Dir, start.Err, strings.Join(sandbox.ScratchDirs(), ", ")))
	}
	return err
}

// startFailed says why a command was not started, and what can be done about it.
func (c Command) startFailed(err error) error {
	name := c.Args[0]
	err = fmt.Errorf("start %s in the container: %w", name, err)
	switch {
	case !errors.Is(err, unix.ENOENT):
	case c.brings(name):
		err = fmt.Errorf("%w: the file is there, but not the interpreter or dynamic linker that it names (see file %s): link it "+
			"statically, or build it for this host", err, name)
	case strings.Contains(name, "/"):
		err = fmt.Errorf("%w: containers show toolchains, and no other files of the host; bring it with --file %s -- ./%s", err, name, path.Base(name))
	}
	return exit.Usage(err)
}

// brings reports whether a command is one of the files that are put into the container.
func (c Command) brings(name string) bool {
	for _, f := range c.File {
		if f.path(c.workDir()) == inDirectory(c.workDir(), name) {
			return true
		}
	}
	return false
}
