package debug

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/storage"
	"github.com/gaveloj/gavel/worker/artifacts"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// problemTrace is the package as this host finds it now.
type problemTrace struct {
	Name          string `json:"name"`
	Title         string `json:"title"`
	Format        string `json:"format"`
	ContentDigest string `json:"content_digest"`
	// Stored is the digest of a package from the store; empty for one that lies in a directory.
	Stored string `json:"problem_digest,omitempty"`
	// Judged is the digest that the verdict names, and Same whether it is this package; a verdict by a directory names none.
	Judged      string `json:"judged_digest,omitempty"`
	Same        bool   `json:"same_as_judged"`
	TimeLimit   int64  `json:"time_limit_us"` // of the package; 0 where it is measured
	MemoryLimit int64  `json:"memory_limit_bytes"`
	Tests       int    `json:"tests"`
	Settings    string `json:"problem_yaml,omitempty"`
}

// rerunTrace is the run again on this host.
type rerunTrace struct {
	Host   string     `json:"host"`
	Report api.Report `json:"report"`
}

// wantedProblem is the package that the verdict is by, or the message asks for.
func (d *collector) wantedProblem() (w library.Wanted) {
	if d.Message != nil {
		w.Name, w.Digest = d.Message.Submission.Problem, d.Message.Submission.ProblemDigest
	}
	if r := d.verdict(); r != nil && r.Problem != "" {
		w.Name = r.Problem
		if r.ProblemDigest != "" {
			w.Digest = r.ProblemDigest
		}
	}
	return w
}

// lookAtProblem takes in the package's settings, with --with-data tests of it, and with --rerun a run by it. The error is that of
// a run that was asked for and did not come off.
func (c Command) lookAtProblem(ctx context.Context, config settings.ConfigPath, out *terminal.Output, d *collector) (failed error) {
	const what = "the problem package"
	wanted := d.wantedProblem()
	if wanted.Name == "" {
		d.miss(what, errors.New("nothing that is left tells which problem it is"))
		return c.noRerun(d, errors.New("it is not known which problem it is"))
	}
	out.Progressf("fetching problem %s", wanted.Name)
	dir, err := state.Open(c.State)
	if err != nil {
		d.miss(what, err)
		return c.noRerun(d, err)
	}
	defer dir.Close()
	source, err := c.openProblems(d, dir)
	if err != nil {
		d.miss(what, err)
		return c.noRerun(d, err)
	}
	defer func() { failed = errors.Join(failed, source.Close()) }()
	handle, err := source.Problem(ctx, wanted)
	if errors.Is(err, library.ErrNoProblem) && c.Problems == "" {
		err = fmt.Errorf("%w; if a worker has it in its --problems directory, run gavel debug on that host with the worker's --state-dir, or name the directory with --problems DIR", err)
	}
	if err != nil {
		d.miss(what, err)
		return c.noRerun(d, err)
	}
	defer handle.Release()
	d.describeProblem(handle)
	if c.Rerun {
		if failed = c.noRerun(d, c.rerun(ctx, config, out, dir, handle.Problem, d)); failed == nil {
			d.addArtifacts("rerun", d.Rerun.Report, artifacts.Embedded)
		}
	}
	if d.withData {
		d.addTestData(handle.Problem)
	}
	return failed
}

// noRerun notes that there is no run again where one was asked for, and returns why.
func (c Command) noRerun(d *collector, err error) error {
	if !c.Rerun || err == nil {
		return nil
	}
	d.miss("the run again on this host", err)
	return fmt.Errorf("judge submission %s again: %w", d.id, err)
}

// openProblems finds packages as a worker with these settings does. Those from the store are unpacked into temporary space.
func (c Command) openProblems(d *collector, dir *state.Dir) (source library.Chain, err error) {
	if c.Problems != "" {
		if source.Dir, err = library.NewDirSource(c.Problems); err != nil {
			return source, err
		}
		source.Dir.Options = c.ReadWith(dir.Temp)
	}
	source.Store, err = library.OpenStoreSource(library.StoreConfig{
		Archives: storage.NewPackages(d.queue.Conn()), Dir: filepath.Join(dir.Temp, "packages"), Options: c.ReadWith(dir.Temp),
	})
	return source, err
}

func (d *collector) describeProblem(handle library.Handle) {
	p := handle.Problem
	t := &problemTrace{
		Name: p.Name, Title: p.Title, Format: string(p.Format), ContentDigest: p.Digest, Stored: handle.Digest,
		TimeLimit: p.Limits.Time.Microseconds(), MemoryLimit: int64(p.Limits.Memory), Tests: len(p.Tests),
	}
	if r := d.verdict(); r != nil {
		t.Judged = r.ProblemDigest
		t.Same = t.Judged != "" && t.Judged == t.Stored
	}
	text, err := p.SettingsFile()
	if err == nil {
		t.Settings = string(text)
		d.add("problem.yaml", text)
	}
	if err != nil {
		d.miss("problem.yaml", err)
	}
	d.Problem = t
}

// rerun judges the submission on this host, with everything kept. Nobody in the queue learns of it.
func (c Command) rerun(ctx context.Context, config settings.ConfigPath, out *terminal.Output, dir *state.Dir, p *problem.Problem, d *collector) (err error) {
	if d.Message == nil || len(d.Message.Sources) != len(d.Message.Submission.Files) {
		return errors.New("not all of the submitted files are there")
	}
	own, err := c.State.Private()
	if err != nil {
		return err
	}
	private := slices.Concat(config.Private(), own, c.NATS.Private(), settings.PrivateProblems(c.Problems))
	if c.HTTPToken != "" {
		private = append(private, settings.Private{What: "--http-token", Path: c.HTTPToken, Place: "/etc/gavel"})
	}
	if err := settings.RefuseExposed(private...); err != nil {
		return err
	}
	submission := d.Message.Submission
	submission.Files, submission.Keep = d.Message.Sources, api.ArtifactKinds()
	if err := judge.ValidateSubmission(submission); err != nil {
		return err
	}
	out.Progressf("making containers")
	w, err := judging.Open(ctx, judging.Config{
		Judging: c.Judging, State: dir, Worker: judging.WorkerName(""), OnCacheError: func(err error) { out.Notef("%v", err) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	report, err := w.Judge().JudgeProblem(ctx, p, submission, judgement.ShowStages(out, "judging again: "))
	if err != nil {
		return err
	}
	host, _ := os.Hostname() // it is only told
	d.Rerun = &rerunTrace{host, d.withhold(report, "the run again")}
	return nil
}

// addTestData takes in input and answer of the samples, and of the tests that were not accepted in the verdict or the run again.
func (d *collector) addTestData(p *problem.Problem) {
	failed := map[string]bool{}
	note := func(r *api.Report) {
		if r == nil {
			return
		}
		for _, t := range r.Tests {
			failed[t.Name] = failed[t.Name] || t.Verdict != verdict.Accepted && t.Verdict != verdict.Skipped
		}
	}
	note(d.verdict())
	if d.Rerun != nil {
		note(&d.Rerun.Report)
	}
	for _, t := range p.Tests {
		if !t.Sample && !failed[t.Name] {
			continue
		}
		for _, file := range []struct{ path, ending string }{{t.Input, ".in"}, {t.Answer, ".ans"}} {
			name := path.Join("data", artifacts.SafePath(t.Name)+file.ending)
			data, err := readBounded(file.path)
			if errors.Is(err, fs.ErrNotExist) || file.path == "" {
				continue // there is none, as with some interactive problems
			}
			if err != nil {
				d.miss(name, err)
				continue
			}
			d.add(name, data)
		}
	}
}

// readBounded reads a file that fits.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	n, err := io.Copy(&data, io.LimitReader(f, mostExtra+1))
	if err == nil && n > mostExtra {
		err = fmt.Errorf("larger than %d MiB", mostExtra>>20)
	}
	return data.Bytes(), err
}

// limitText is a time limit for people.
func limitText(usec int64) string {
	if usec == 0 {
		return "measured by its accepted submissions"
	}
	return (time.Duration(usec) * time.Microsecond).String()
}
