package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/reader"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/judgement"
	"github.com/gaveloj/gavel/worker/packages"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// problemCmd manages the store of problem packages.
type problemCmd struct {
	Push   problemPushCmd   `cmd:"" help:"Bring problem packages into the store, for all workers."`
	List   problemListCmd   `cmd:"" help:"List the problems in the store."`
	Show   problemShowCmd   `cmd:"" help:"Tell the versions of a problem."`
	Remove problemRemoveCmd `cmd:"" help:"Take a problem, or one version of it, out of use."`
}

// storeSettings say where the store is.
type storeSettings struct {
	settings.State
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`
}

// withStore calls do with the store.
func (s storeSettings) withStore(ctx context.Context, out *terminal.Output, do func(*client.Problems, *state.Dir) error) error {
	if err := s.NATS.Check(); err != nil {
		return err
	}
	state, err := state.Open(s.State)
	if err != nil {
		return err
	}
	defer state.Close()
	platform, done, err := s.NATS.Dial(ctx, out, state.Path)
	if err != nil {
		return err
	}
	defer done()
	err = do(platform.Problems(), state)
	if errors.Is(err, client.ErrNoProblem) {
		err = exit.Usage(err)
	}
	return err
}

// problemPushCmd brings packages into the store.
type problemPushCmd struct {
	storeSettings
	settings.Reading

	Name  string   `help:"Name of the problem, where there is one package; by default that of the directory or archive." placeholder:"NAME"`
	Paths []string `arg:""                                                                                               help:"Problem packages: directories, .zip or .kpp." name:"package"`
}

// pushResult is what push prints for one package.
type pushResult struct {
	api.ProblemVersion
	Unchanged bool `json:"unchanged"` // it was the newest version already
}

func (c problemPushCmd) Run(ctx context.Context, out *terminal.Output) error {
	if c.Name != "" && len(c.Paths) > 1 {
		return exit.Usage(errors.New("--name is for one package; leave it out, or push the others by themselves"))
	}
	return c.withStore(ctx, out, func(problems *client.Problems, state *state.Dir) error {
		var found judgement.Tally
		paths := packages.Among(out, c.Paths)
		bar := out.Bar(len(paths), "packages")
		for i, path := range paths {
			bar.Set(i, "reading %s", path)
			err := c.push(ctx, out, problems, state, path)
			if err != nil && exit.CodeOf(err) != exit.BadRequest {
				return err
			}
			if err != nil {
				found.Reject(out, err)
			}
		}
		out.Done()
		if _, err := problems.GC(ctx); err != nil { // of what could not go when it was removed
			return err
		}
		return found.Err("package could be pushed")
	})
}

// push reads one package, and pushes it when nothing is wrong with it.
func (c problemPushCmd) push(ctx context.Context, out *terminal.Output, problems *client.Problems, state *state.Dir, path string) error {
	v, archive, err := c.pack(state, path)
	if err != nil {
		return err
	}
	defer archive.Close()
	changed, err := problems.Push(ctx, v, out.ByteBar(v.Bytes).Reader(archive, "pushing "+v.Name))
	if err != nil {
		return err
	}
	if out.JSON {
		return out.Object(pushResult{v, !changed})
	}
	what := "pushed   "
	if !changed {
		what = "unchanged"
	}
	out.Linef("%s  %s  %s  %s  %s", what, v.Name, shortDigest(v.Digest), terminal.Mebibytes(v.Bytes), v.Title)
	return nil
}

// pack makes the archive of a package as a temporary file without a name, once it has passed as what workers read.
func (c problemPushCmd) pack(state *state.Dir, path string) (v api.ProblemVersion, archive *os.File, err error) {
	p, err := packages.Load(path, c.ReadWith(state.Temp))
	if err != nil {
		return v, nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	v = versionOf(p)
	if c.Name != "" {
		v.Name = c.Name
	}
	archive, err = os.CreateTemp(state.Temp, "package-*.zip")
	if err != nil {
		return v, nil, fmt.Errorf("pack problem package: %w", err)
	}
	defer func() {
		_ = os.Remove(archive.Name()) // removed with the temporary directory otherwise
		if err != nil {
			_ = archive.Close() // of no use
		}
	}()
	hash := sha256.New()
	if err = p.Pack(io.MultiWriter(archive, hash)); err != nil {
		return v, archive, err
	}
	v.Digest = hex.EncodeToString(hash.Sum(nil))
	if v.Bytes, err = archive.Seek(0, io.SeekEnd); err != nil {
		return v, archive, fmt.Errorf("pack problem package: %w", err)
	}
	if err = api.CheckVersion(v.Name, v); err != nil {
		return v, archive, exit.Usage(fmt.Errorf("%s: %w; --name NAME gives it another one", path, err))
	}
	packed, err := packages.Load(archive.Name(), reader.Options{Temp: state.Temp})
	if err != nil {
		return v, archive, fmt.Errorf("%s as workers get it: %w", path, err)
	}
	return v, archive, packed.Close()
}

// versionOf describes a package.
func versionOf(p *problem.Problem) api.ProblemVersion {
	v := api.ProblemVersion{
		Version: api.Version, Name: p.Name, Pushed: time.Now().UTC(), Title: p.Title, Format: string(p.Format),
	}
	for _, kind := range []struct {
		is   bool
		name string
	}{
		{p.Kind.Scoring, "scoring"},
		{p.Kind.Interactive, "interactive"},
		{p.Kind.MultiPass, "multi-pass"},
		{p.Kind.SubmitAnswer, "submit-answer"},
	} {
		if kind.is {
			v.Kind = append(v.Kind, kind.name)
		}
	}
	return v
}

// shortDigest is what people need of a digest.
func shortDigest(digest string) string { return digest[:min(len(digest), 12)] }

// problemListCmd lists the problems.
type problemListCmd struct {
	storeSettings
}

func (c problemListCmd) Run(ctx context.Context, out *terminal.Output) error {
	return c.withStore(ctx, out, func(problems *client.Problems, _ *state.Dir) error {
		all, err := problems.All(ctx)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, name := range slices.Sorted(maps.Keys(all)) {
			there := all[name].At(time.Time{})
			if len(there) == 0 {
				continue // removed
			}
			v := there[len(there)-1]
			if out.JSON {
				if err := out.Object(listResult{v.ProblemVersion, v.Stored, len(there)}); err != nil {
					return err
				}
				continue
			}
			rows = append(rows, []string{
				v.Name, shortDigest(v.Digest), local(v.Stored), terminal.Mebibytes(v.Bytes), v.Format, strings.Join(v.Kind, ","), v.Title,
			})
		}
		out.Table(rows)
		if len(rows) == 0 && !out.JSON {
			out.Note("no problems in the store")
		}
		return nil
	})
}

// listResult is what list prints of a problem for programs.
type listResult struct {
	api.ProblemVersion
	Stored   time.Time `json:"stored"`   // when the server took it
	Versions int       `json:"versions"` // that can be judged by
}

// local is a time for people.
func local(t time.Time) string { return t.Local().Format(time.DateTime) }

// problemShowCmd tells the versions of one problem.
type problemShowCmd struct {
	storeSettings

	Name string `arg:"" help:"Name of the problem." name:"name"`
}

// versionResult is what show prints of a version for programs.
type versionResult struct {
	api.ProblemVersion
	Stored  time.Time `json:"stored"`  // when the server took it
	Current bool      `json:"current"` // submissions of now are judged by it
}

func (c problemShowCmd) Run(ctx context.Context, out *terminal.Output) error {
	return c.withStore(ctx, out, func(problems *client.Problems, _ *state.Dir) error {
		history, err := problems.History(ctx, c.Name, nil)
		if err != nil {
			return err
		}
		there := history.At(time.Time{})
		if len(there) == 0 {
			return exit.Usage(fmt.Errorf("problem %q: %w; gavel problem list tells what is", c.Name, client.ErrNoProblem))
		}
		if !out.JSON {
			out.Linef("%s: %s, %s", c.Name, there[len(there)-1].Title, describeKind(there[len(there)-1].ProblemVersion))
		}
		var rows [][]string
		for i, v := range slices.Backward(there) {
			current := i == len(there)-1
			if out.JSON {
				if err := out.Object(versionResult{v.ProblemVersion, v.Stored, current}); err != nil {
					return err
				}
				continue
			}
			mark := ""
			if current {
				mark = "current"
			}
			rows = append(rows, []string{local(v.Stored), v.Digest, terminal.Mebibytes(v.Bytes), mark})
		}
		out.Table(rows)
		return nil
	})
}

func describeKind(v api.ProblemVersion) string {
	if len(v.Kind) == 0 {
		return v.Format + ", pass-fail"
	}
	return v.Format + ", " + strings.Join(v.Kind, ", ")
}

// problemRemoveCmd takes problems out of use.
type problemRemoveCmd struct {
	storeSettings

	Version string `help:"Only the version whose digest begins so; the one before it counts again." placeholder:"DIGEST"`
	Name    string `arg:""                                                                          help:"Name of the problem." name:"name"`
}

// removeResult is what remove prints for programs.
type removeResult struct {
	Name    string          `json:"name"`
	Current string          `json:"current,omitempty"` // digest of the version that counts now
	Swept   client.GCResult `json:"swept"`
}

func (c problemRemoveCmd) Run(ctx context.Context, out *terminal.Output) error {
	return c.withStore(ctx, out, func(problems *client.Problems, _ *state.Dir) error {
		newest, left, err := problems.Remove(ctx, c.Name, c.Version)
		if err != nil {
			return err
		}
		swept, err := problems.GC(ctx)
		if err != nil {
			return err
		}
		if out.JSON {
			return out.Object(removeResult{c.Name, newest.Digest, swept})
		}
		if left {
			out.Linef("removed  %s; version %s counts now", c.Name, shortDigest(newest.Digest))
		} else {
			out.Linef("removed  %s", c.Name)
		}
		text := fmt.Sprintf("%s deleted (%s)", terminal.Plural(swept.Deleted, "package"), terminal.Mebibytes(swept.Bytes))
		if swept.Waiting > 0 {
			text += fmt.Sprintf("; %s kept until the submissions before their removal are judged, and deleted by a later push or remove",
				terminal.Plural(swept.Waiting, "package"))
		}
		out.Note(text)
		return nil
	})
}
