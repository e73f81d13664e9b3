package language

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// preparedCap bounds what one language may keep prepared.
const preparedCap = 1 * sandbox.GiB

// Prepared are the caches that Prepare made or found.
type Prepared struct {
	dirs   map[string]string // language ID -> directory on the host
	errors map[string]error  // language ID -> why there is none
	tested string            // directory of the tests that succeeded; "" for none
}

// Mounts are the read-only mounts that the containers of the real pool need (pool.Config.Mounts).
func (p *Prepared) Mounts() []pool.Mount {
	var mounts []pool.Mount
	for _, id := range sortedKeys(p.dirs) {
		mounts = append(mounts, pool.Mount{Source: p.dirs[id], Target: preparedDir + "/" + id})
	}
	return mounts
}

// Prepare makes the caches of all languages whose toolchain is there, below stateDir/prepared, and reuses those
// of earlier starts. newPool is called only when something has to be made; its pool is closed before Prepare
// returns. A cache that cannot be made is told by the Offer, not as an error.
func Prepare(
	ctx context.Context, t *Table, stateDir string, newPool func(context.Context) (*pool.Pool, error),
) (*Prepared, error) {
	root, err := filepath.Abs(filepath.Join(stateDir, "prepared"))
	if err != nil {
		return nil, fmt.Errorf("find state directory: %w", err)
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("make directory for prepared caches: %w", err)
	}
	p := &Prepared{
		dirs: map[string]string{}, errors: map[string]error{}, tested: filepath.Join(filepath.Dir(root), "tested"),
	}
	var missing []*preparation
	for _, l := range t.Languages {
		job, err := t.plan(ctx, l, root)
		switch {
		case err != nil:
			p.errors[l.ID] = err
		case job == nil:
		case checkPrepared(job.dir) == nil:
			p.dirs[l.ID] = job.dir
		default:
			missing = append(missing, job)
		}
	}
	if len(missing) == 0 {
		return p, ctx.Err()
	}
	if err := makeAll(ctx, missing, newPool); err != nil {
		return nil, err
	}
	for _, job := range missing {
		if p.errors[job.language.ID] = job.err; job.err == nil {
			p.dirs[job.language.ID] = job.dir
		}
	}
	return p, nil
}

// preparation is the making of one cache.
type preparation struct {
	table    *Table
	language *Language
	dir      string // where it goes
	err      error  // why it could not be made
}

// plan says where the cache of l belongs; nil when the language has none.
func (t *Table) plan(ctx context.Context, l *Language, root string) (*preparation, error) {
	if l.Prepare == nil {
		return nil, nil
	}
	tools, err := t.tools(l)
	if err != nil {
		return nil, err
	}
	version, err := t.hostVersion(ctx, l)
	if err != nil {
		return nil, err
	}
	for _, in := range l.Prepare.Inputs {
		input, err := t.inputFile(in)
		if err != nil {
			return nil, err
		}
		tools = append(tools, input)
	}
	key, err := preparedKey(t, l, tools, version)
	if err != nil {
		return nil, err
	}
	return &preparation{table: t, language: l, dir: filepath.Join(root, l.ID+"-"+key)}, nil
}

func (t *Table) inputFile(path string) (tool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return tool{}, fmt.Errorf("look at an input of the cache: %w", err)
	}
	return tool{Path: path, Size: info.Size(), Modified: info.ModTime()}, nil
}

// preparedKey hashes all that the cache depends on. The compile steps are in it because a precompiled header is
// good for one set of flags only.
func preparedKey(t *Table, l *Language, tools []tool, version string) (string, error) {
	text, err := json.Marshal([]any{l.ID, version, tools, l.Prepare.Steps, l.Prepare.Env, l.Compile.Steps, t.Env})
	if err != nil {
		return "", fmt.Errorf("hash what the cache depends on: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// makeAll makes caches in the containers of a temporary pool.
func makeAll(ctx context.Context, jobs []*preparation, newPool func(context.Context) (*pool.Pool, error)) error {
	p, err := newPool(ctx)
	if err != nil {
		return fmt.Errorf("make containers to prepare languages: %w", err)
	}
	// The longest first, so that no slot is idle while the last one is made.
	slices.SortStableFunc(jobs, func(a, b *preparation) int {
		return cmp.Compare(b.language.Prepare.Limits.CPU, a.language.Prepare.Limits.CPU)
	})
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(p.Slots())
	for _, job := range jobs {
		group.Go(func() error {
			job.err = job.run(groupCtx, p)
			return context.Cause(groupCtx)
		})
	}
	err = group.Wait()
	if closeErr := p.Close(); err == nil && closeErr != nil {
		err = fmt.Errorf("close containers that prepared languages: %w", closeErr)
	}
	return err
}

// run makes one cache in a container and saves it.
func (j *preparation) run(ctx context.Context, p *pool.Pool) error {
	sb, err := p.Lease(ctx)
	if err != nil {
		return fmt.Errorf("lease container: %w", err)
	}
	defer p.Release(sb)
	rule, v := j.language.Prepare, j.values()
	for _, step := range rule.Steps {
		args := v.args(step)
		r, err := sb.Run(ctx, sandbox.Command{
			Args: args, Env: v.env(j.table.Env, rule.Env), Limits: rule.Limits.Sandbox(),
		})
		if err != nil {
			return fmt.Errorf("run %s: %w", args[0], err)
		}
		if err := endedWell(r); err != nil {
			return fmt.Errorf("run %s: %w", args[0], err)
		}
	}
	files, err := sb.Collect(ctx, outputPath, preparedCap)
	if err != nil {
		return fmt.Errorf("collect prepared files: %w", err)
	}
	if len(files) == 0 {
		return fmt.Errorf("prepare steps left nothing in %s", outputPath)
	}
	return savePrepared(j.dir, files)
}

func (j *preparation) values() values {
	id := j.language.ID
	return values{pairs: []string{"{output}", outputPath, "{prepared}", preparedDir + "/" + id, "{id}", id}}
}

// endedWell is nil for a run that exited with 0.
func endedWell(r sandbox.Result) error {
	said := firstLine(r.Stderr)
	if said == "" {
		said = firstLine(r.Stdout)
	}
	switch {
	case r.OOMKills > 0:
		return fmt.Errorf("out of memory: %s", said)
	case r.KilledBy != sandbox.KillNone:
		return fmt.Errorf("stopped by the %v limit: %s", r.KilledBy, said)
	case r.Outcome == sandbox.OutcomeSignaled:
		return fmt.Errorf("ended by signal %d (%v): %s", int(r.Signal), r.Signal, said)
	case r.ExitCode != 0:
		return fmt.Errorf("exit code %d: %s", r.ExitCode, said)
	}
	return nil
}
