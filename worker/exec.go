package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// execCmd runs one command in a container.
type execCmd struct {
	CPU    span     `default:"10s"    help:"CPU time of all its processes together; 0 for no limit."                    name:"cpu"          placeholder:"TIME"`
	Wall   span     `default:"30s"    help:"Real time; 0 for no limit."                                                 placeholder:"TIME"`
	Memory byteSize `default:"256MiB" help:"Memory of all its processes together; 0 for no limit."                      placeholder:"SIZE"`
	Output byteSize `default:"16MiB"  help:"Standard output and error together."                                        placeholder:"SIZE"`
	Pids   pidCount `default:"128"    help:"Processes and threads at one time."                                         placeholder:"N"`
	Input  string   `aliases:"stdin" default:""       help:"File that it reads as standard input; - for that of gavel. Empty if not given." placeholder:"FILE"`
	Args   []string `arg:""           help:"The command, after --."                                                     name:"argv"`
}

// execReport is what exec prints. The names are a contract with scripts.
type execReport struct {
	Outcome        string `json:"outcome"`   // exited or signaled
	ExitCode       *int   `json:"exit_code"` // null when it did not exit
	Signal         string `json:"signal"`    // such as SIGSEGV; "" when no signal ended it
	KilledBy       string `json:"killed_by"` // cpu, wall, output, cancel, memory, or ""
	CPUUsec        int64  `json:"cpu_us"`
	WallUsec       int64  `json:"wall_us"`
	PeakMemory     int64  `json:"peak_memory_bytes"`
	OOMKills       int    `json:"oom_kills"`
	Approximate    bool   `json:"approximate,omitempty"` // CPU time and memory were measured without a control group
	Stdout         string `json:"stdout"`
	StdoutEncoding string `json:"stdout_encoding,omitempty"` // base64 where the bytes are not UTF-8
	Stderr         string `json:"stderr"`
	StderrEncoding string `json:"stderr_encoding,omitempty"`
}

func (c execCmd) Run(ctx context.Context, top *cli, out *output) error {
	if c.Output == 0 {
		return usageError{errors.New("--output 0 would keep everything; name the most that may be written, such as 16MiB")}
	}
	if err := refuseExposed(top.private()...); err != nil {
		return err
	}
	stdin, err := c.openInput()
	if err != nil {
		return err
	}
	if stdin != nil {
		defer stdin.Close()
	}
	result, err := c.runInContainer(ctx, stdin)
	if err != nil {
		return err
	}
	if out.json {
		err = out.object(newExecReport(result))
	} else {
		err = printExec(out, result)
	}
	return errors.Join(err, ctx.Err()) // the facts of a run that was interrupted are printed all the same
}

func (c execCmd) openInput() (*os.File, error) {
	switch c.Input {
	case "":
		return nil, nil //nolint:nilnil // no file is an empty input
	case "-":
		return sandbox.ForAll(os.Stdin)
	}
	f, err := os.Open(c.Input)
	if err == nil {
		f, err = sandbox.ForAll(f)
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--input: %w", err)}
	}
	return f, nil
}

// runInContainer makes a pool of one container for the one run.
func (c execCmd) runInContainer(ctx context.Context, stdin *os.File) (sandbox.Result, error) {
	containers, err := pool.New(ctx, pool.Config{Slots: 1})
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("make a container: %w", err)
	}
	result, err := c.lease(ctx, containers, stdin)
	return result, errors.Join(err, containers.Close())
}

func (c execCmd) lease(ctx context.Context, containers *pool.Pool, stdin *os.File) (sandbox.Result, error) {
	box, err := containers.Lease(ctx)
	if err != nil {
		return sandbox.Result{}, fmt.Errorf("lease the container: %w", err)
	}
	defer containers.Release(box)
	result, err := box.Run(ctx, sandbox.Command{Args: c.Args, Stdin: stdin, Limits: c.limits()})
	var start *sandbox.StartError
	if errors.As(err, &start) && start.Step == "exec" {
		return result, usageError{fmt.Errorf("start %s in the container: %w", c.Args[0], start.Err)}
	}
	if result.Outcome == sandbox.OutcomeNotStarted {
		return result, usageError{fmt.Errorf("start %s in the container: %w", c.Args[0], result.Errno)}
	}
	return result, err
}

func (c execCmd) limits() sandbox.Limits {
	return sandbox.Limits{
		CPU:    c.CPU.duration(),
		Wall:   c.Wall.duration(),
		Memory: sandbox.Bytes(c.Memory),
		Output: sandbox.Bytes(c.Output),
		Pids:   int(c.Pids),
	}
}

func newExecReport(r sandbox.Result) execReport {
	report := execReport{
		Outcome:     r.Outcome.String(),
		KilledBy:    r.KilledBy.String(),
		CPUUsec:     r.CPU.Microseconds(),
		WallUsec:    r.Wall.Microseconds(),
		PeakMemory:  int64(r.PeakMemory),
		OOMKills:    r.OOMKills,
		Approximate: r.Approximate,
	}
	report.Stdout, report.StdoutEncoding = textOrBase64(r.Stdout)
	report.Stderr, report.StderrEncoding = textOrBase64(r.Stderr)
	switch r.Outcome {
	case sandbox.OutcomeExited:
		report.ExitCode = &r.ExitCode
	case sandbox.OutcomeSignaled:
		report.Signal = unix.SignalName(r.Signal)
	case sandbox.OutcomeNotStarted: // it is told as an error
	}
	return report
}

// textOrBase64 keeps bytes that JSON can hold as they are.
func textOrBase64(data []byte) (text, encoding string) {
	if utf8.Valid(data) {
		return string(data), ""
	}
	return base64.StdEncoding.EncodeToString(data), "base64"
}

// printExec passes the program's own output on, and the facts to stderr.
func printExec(out *output, r sandbox.Result) error {
	if _, err := out.Write(r.Stdout); err != nil {
		return err
	}
	if _, err := out.stderr.Write(r.Stderr); err != nil {
		return err
	}
	report := newExecReport(r)
	end := "killed by " + report.Signal
	if report.ExitCode != nil {
		end = fmt.Sprintf("exited with %d", *report.ExitCode)
	}
	if report.KilledBy != "" {
		end += ", over the limit: " + report.KilledBy
	}
	if report.OOMKills > 0 {
		end += ", out of memory"
	}
	about := ""
	if report.Approximate {
		about = " (about: no control group; see gavel doctor)"
	}
	out.notef("%s; CPU %s, wall %s, peak %s%s", end, seconds(report.CPUUsec), seconds(report.WallUsec), mebibytes(report.PeakMemory), about)
	return nil
}
