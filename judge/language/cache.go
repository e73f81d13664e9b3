package language

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gaveloj/gavel/sandbox"
)

// preparedCap bounds what one language may keep prepared.
const preparedCap = 1 * sandbox.GiB

// preparation is the making of one cache.
type preparation struct {
	table    *Table
	language *Language
	steps    [][]string
	dir      string // where it goes
}

// name is that of the cache below the directory of caches.
func (j *preparation) name() string { return filepath.Base(j.dir) }

// found reports whether the cache is there, and notes that it is used still.
func (j *preparation) found() bool {
	if checkPrepared(j.dir) != nil {
		return false
	}
	touch(j.dir)
	return true
}

// plan says where the cache belongs that steps make for l with these tools.
func (t *Toolchains) plan(ctx context.Context, l *Language, tools []tool, steps [][]string) (*preparation, error) {
	version, err := t.cfg.Table.hostVersion(ctx, l)
	if err != nil {
		return nil, err
	}
	for _, in := range l.Prepare.Inputs {
		input, err := inputFile(in)
		if err != nil {
			return nil, err
		}
		tools = append(tools[:len(tools):len(tools)], input)
	}
	key, err := preparedKey(t.cfg.Table, l, steps, tools, version)
	if err != nil {
		return nil, err
	}
	return &preparation{table: t.cfg.Table, language: l, steps: steps, dir: filepath.Join(t.caches, l.ID+"-"+key)}, nil
}

func inputFile(path string) (tool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return tool{}, fmt.Errorf("look at an input of the cache: %w", err)
	}
	return tool{Path: path, Size: info.Size(), Modified: info.ModTime()}, nil
}

// preparedKey hashes all that the cache depends on. The compile steps are in it because a precompiled header is
// good for one set of flags only.
func preparedKey(t *Table, l *Language, steps [][]string, tools []tool, version string) (string, error) {
	text, err := json.Marshal([]any{l.ID, version, tools, steps, l.Prepare.Env, l.Compile.Steps, t.Env})
	if err != nil {
		return "", fmt.Errorf("hash what the cache depends on: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// run makes the cache in a container and saves it.
func (j *preparation) run(ctx context.Context, lease leaseFunc) error {
	return lease(ctx, func(sb *sandbox.Sandbox) error { return j.runIn(ctx, sb) })
}

func (j *preparation) runIn(ctx context.Context, sb *sandbox.Sandbox) error {
	rule, v := j.language.Prepare, j.values()
	for _, step := range j.steps {
		args := v.args(step)
		r, err := sb.Run(ctx, sandbox.Command{
			Args: args, Env: v.env(j.table.Env, rule.Env), Limits: rule.Limits.Sandbox(),
		})
		if err == nil && r.KilledBy == sandbox.KillCancel {
			err = context.Cause(ctx)
		}
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
	return values{pairs: slices.Concat(
		[]string{"{output}", outputPath, "{id}", j.language.ID}, preparedValues(j.language, j.name()),
	)}
}

// endedWell is nil for a run that exited with 0.
func endedWell(r sandbox.Result) error {
	said := firstLine(r.Stderr)
	if said == "" {
		said = firstLine(r.Stdout)
	}
	switch {
	case r.Outcome == sandbox.OutcomeNotStarted:
		return fmt.Errorf("could not be started: %w", r.Errno)
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
