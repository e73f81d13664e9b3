// Package doctor tells what this host can and cannot do, and how to mend it: gavel doctor. Each check is a finding; what is not
// as it should be comes with a remedy. Those that only read files take them from a host, so that tests hand in one that does
// not exist.
package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/seccomp"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Command prints what this host can do.
type Command struct {
	settings.State
	settings.Judging
	Problems string           `default:"${problems}" env:"GAVEL_PROBLEMS" help:"Directory whose entries are problem packages: whether submissions could read them." placeholder:"DIR"`
	NATS     connect.Settings `embed:"" group:"nats" prefix:"nats-"`
}

// Help returns the examples of the command; kong prints them.
func (Command) Help() string {
	return terminal.Examples(`
		gavel doctor
		gavel doctor --nats-url nats://10.0.0.5:4222 --format json`)
}

// finding is what doctor says about one thing.
type finding struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Detail string `json:"detail"`           // what is there, or what is wrong
	Remedy string `json:"remedy,omitempty"` // how to mend it
}

// status of a finding.
type status string

// The worker starts with warnings, not with failures.
const (
	statusOK      status = "ok"
	statusWarning status = "warning"
	statusFailure status = "failure"
)

// lowDisk is how much free space makes doctor warn: compiled programs, the queue and unpacked packages share it.
const lowDisk = 2 * sandbox.GiB

// Run makes every check and prints the findings. An error says that this host cannot judge yet.
func (c Command) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) error {
	if err := c.NATS.Check(); err != nil {
		return err
	}
	findings := c.checkThisHost(config)
	if canJudge(findings) {
		out.Progressf("trying containers and languages")
		findings = append(findings, c.checkContainers(ctx, out)...)
	}
	if ctx.Err() == nil {
		findings = append(findings, checkNATS(ctx, c.NATS)...)
	}
	if err := printFindings(out, findings); err != nil {
		return err
	}
	if ctx.Err() != nil { // an interruption is no finding, and the rest has not been checked
		return context.Cause(ctx)
	}
	if !out.JSON {
		out.Linef("%s", summary(findings))
	}
	if !canJudge(findings) {
		return errors.New("this host cannot judge yet; mend what is marked FAIL")
	}
	return nil
}

// checkThisHost makes the checks that need neither containers nor the queue.
func (c Command) checkThisHost(config settings.ConfigPath) []finding {
	findings := []finding{checkKernel(), checkPrivileges(), checkSeccomp()}
	findings = append(findings, checkControlGroups()...)
	findings = append(findings, c.checkState()...)
	findings = append(findings, c.checkView(config)...)
	return append(findings, checkHost(newHost(c.Judging))...)
}

// ThisHost is what the checks find that need neither containers nor the queue, for whoever keeps it as JSON: an array of what the
// command prints for programs.
func (c Command) ThisHost(config settings.ConfigPath) any { return c.checkThisHost(config) }

func canJudge(findings []finding) bool {
	for _, f := range findings {
		if f.Status == statusFailure {
			return false
		}
	}
	return true
}

// printFindings prints a line of each finding, with the remedy below it.
func printFindings(out *terminal.Output, findings []finding) error {
	var rows [][]string
	for _, f := range findings {
		if out.JSON {
			if err := out.Object(f); err != nil {
				return err
			}
			continue
		}
		mark := out.Mark(f.Status != statusFailure)
		if f.Status == statusWarning {
			mark = "warn"
		}
		rows = append(rows, []string{mark, f.Check, terminal.SingleLine(f.Detail)})
		if f.Remedy != "" {
			rows = append(rows, []string{"", "", f.Remedy})
		}
	}
	out.Table(rows)
	return nil
}

// summary is the last line for people.
func summary(findings []finding) string {
	count := map[status]int{}
	for _, f := range findings {
		count[f.Status]++
	}
	return fmt.Sprintf("%d checks: %d ok, %d to look at, %d to mend first",
		len(findings), count[statusOK], count[statusWarning], count[statusFailure])
}

// pass, warn and fail make findings.
func pass(check, detail string) finding {
	return finding{Check: check, Status: statusOK, Detail: detail}
}

func warn(check, detail, remedy string) finding {
	return finding{Check: check, Status: statusWarning, Detail: detail, Remedy: remedy}
}

func fail(check string, err error, remedy string) finding {
	return finding{Check: check, Status: statusFailure, Detail: err.Error(), Remedy: remedy}
}

func checkKernel() finding {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fail("kernel", os.NewSyscallError("uname", err), "let the worker make this call: something filters its system calls")
	}
	text := func(field [65]byte) string { return string(bytes.TrimRight(field[:], "\x00")) }
	return pass("kernel", text(name.Sysname)+" "+text(name.Release)+" "+text(name.Machine))
}

func checkPrivileges() finding {
	if uid := os.Geteuid(); uid != 0 {
		return checkOrdinaryUser(uid)
	}
	var missing []string
	held, err := effectiveCapabilities()
	if err != nil {
		return fail("privileges", err, "mount /proc")
	}
	groups, _ := cgroup.Probe() // checkControlGroups reports the error
	for _, c := range neededCapabilities(groups) {
		if held&(1<<c.bit) == 0 {
			missing = append(missing, c.name)
		}
	}
	if len(missing) > 0 {
		return fail("privileges", fmt.Errorf("root without %s", strings.Join(missing, ", ")),
			"grant them: with Docker --cap-add, with systemd CapabilityBoundingSet; see configs/docker and configs/systemd")
	}
	return pass("privileges", "root with the capabilities that are needed")
}

func checkSeccomp() finding { return checkSeccompFilters(os.DirFS("/"), seccomp.LibraryVersion()) }

// checkOrdinaryUser checks what a user without privileges needs.
func checkOrdinaryUser(uid int) finding {
	if remedy := sandbox.NamespaceRemedy(); remedy != "" {
		return fail("privileges", fmt.Errorf("running as uid %d, and %w", uid, sandbox.ErrNoNamespaces), remedy)
	}
	return pass("privileges", fmt.Sprintf("ordinary user %d, no root needed", uid))
}

// checkControlGroups checks control groups, and for an ordinary user at sub-ids.
func checkControlGroups() []finding {
	rights, err := pool.FindPrivileges()
	if err != nil {
		return []finding{fail("control groups", err, "configs/systemd/gavel.service and docker-compose.yml show how a worker gets them")}
	}
	var findings []finding
	if rights.Host != nil {
		findings = append(findings, describeControlGroups(rights.Host))
	}
	for _, s := range rights.Shortcomings {
		findings = append(findings, warn(s.What, "none: "+s.Effect, s.Remedy))
	}
	return findings
}

func describeControlGroups(host *cgroup.Host) finding {
	detail := fmt.Sprintf("version %d", host.Version())
	var lacks []string
	for name, there := range map[string]bool{
		"cores cannot be bound": host.Features().Cpuset, "swap cannot be denied": host.Features().SwapLimit,
	} {
		if !there {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) > 0 {
		return warn("control groups", detail+", but "+strings.Join(lacks, ", "),
			"enable the cpuset controller, and swap accounting or turn swap off")
	}
	return pass("control groups", detail)
}

// checkState checks the state directory and the disk below it.
func (c Command) checkState() []finding {
	state, err := state.Open(c.State)
	if err != nil {
		return []finding{fail("state directory", err, "name one that can be written: --state-dir DIR")}
	}
	defer state.Close()
	return append([]finding{pass("state directory", state.Path)}, checkDisk(state.Path)...)
}

func checkDisk(dir string) []finding {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return []finding{fail("disk", &os.PathError{Op: "statfs", Path: dir, Err: err}, "name a directory on a local disk: --state-dir DIR")}
	}
	return describeDisk(fs)
}

// checkContainers makes containers and tries every language in them.
func (c Command) checkContainers(ctx context.Context, out *terminal.Output) []finding {
	state, err := state.Open(c.State)
	if err != nil {
		return []finding{fail("state directory", err, "name one that can be written: --state-dir DIR")}
	}
	defer state.Close()
	w, err := judging.Open(ctx, judging.Config{Judging: c.Judging, State: state, Worker: judging.WorkerName("")})
	if err != nil && ctx.Err() != nil {
		return nil // an interruption is no finding
	}
	if err != nil {
		return []finding{fail("containers", err, "mend what else is marked; if nothing is, the error names the step that the kernel refused")}
	}
	findings := []finding{pass("containers", fmt.Sprintf("%d warm", w.Containers.Slots()))}
	var bar *terminal.Bar
	tried := func(l *language.Language, tried, of int) {
		if bar == nil {
			bar = out.Bar(of, "languages")
		}
		bar.Set(tried, "%s has been tried", l.Name)
	}
	if err := w.Languages().All(ctx, w.Containers, tried); err != nil && ctx.Err() == nil {
		findings = append(findings, fail("languages", err, "mend what else is marked; the error names what the host refused"))
	} else {
		findings = append(findings, languageFindings(w.Languages().Statuses())...)
	}
	if err := w.Close(); err != nil {
		findings = append(findings, fail("containers", fmt.Errorf("end containers: %w", err), "look for processes that do not die; the next start removes what is left"))
	}
	return findings
}

// languageFindings tells of each language whose toolchain is there, and of all others together.
func languageFindings(statuses []language.Status) []finding {
	var findings []finding
	var missing []string
	for _, s := range statuses {
		switch {
		case s.Missing && s.Package != "":
			missing = append(missing, s.ID+" ("+s.Package+")")
		case s.Missing:
			missing = append(missing, s.ID)
		default:
			findings = append(findings, languageFinding(s))
		}
	}
	if len(missing) > 0 {
		findings = append(findings, warn("not installed", strings.Join(missing, ", ")+"; submissions in them are refused here",
			"where they are wanted, install their packages, or all of them: make languages"))
	}
	ready := func(s language.Status) bool { return s.State == language.StateReady }
	if !slices.ContainsFunc(statuses, ready) {
		findings = append(findings, fail("languages", errors.New("no language works"), "install toolchains: make languages, or configs/setup.sh for some"))
	}
	return findings
}

func languageFinding(s language.Status) finding {
	check := "language " + s.ID
	switch {
	case s.State != language.StateReady:
		return warn(check, s.Reason+"; submissions in "+s.Name+" are refused here", s.Remedy)
	case s.Warning != "":
		return warn(check, s.Version+"; "+s.Warning, s.Remedy)
	}
	return pass(check, s.Version)
}
