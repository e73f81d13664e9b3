package judge

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/classify"
	"github.com/gaveloj/gavel/sandbox"
)

// Keeper takes the files that were asked for beside a report or a result. Its methods may be called from several
// goroutines.
type Keeper interface {
	// Keep stores a.Data as an object of the submission or request called id, with path before its name, and returns
	// what is to be told of it: where it is, or why it is nowhere. The data is not used after it has returned.
	Keep(ctx context.Context, id, path string, a api.Artifact) api.Artifact
}

// Bounds of what is kept beside one report, and beside one result of a run request. What is beyond is left out.
const (
	maxKept    = 64 * sandbox.MiB
	maxRunKept = 256 * sandbox.MiB
)

// artifactSink hands over what belongs to one submission or request.
type artifactSink struct {
	to   Keeper // nil: the data stays with the report
	id   string
	path string
	most sandbox.Bytes
	used atomic.Int64
}

// keep hands over a file of a test case or run.
func (k *artifactSink) keep(ctx context.Context, of string, a api.Artifact) api.Artifact {
	a.Bytes = int64(len(a.Data))
	if k.used.Add(a.Bytes) > int64(k.most) {
		k.used.Add(-a.Bytes) // a smaller one may still fit
		a.Data, a.Error = nil, fmt.Sprintf("left out: more than %d MiB altogether", k.most/sandbox.MiB)
		return a
	}
	if k.to == nil {
		return a
	}
	a = k.to.Keep(ctx, k.id, k.path+"/"+of, a)
	a.Data = nil
	return a
}

// outputs are the streams of a run, where they were asked for and something was written.
func (r *runner) outputs(f classify.Facts, pass int) []api.Artifact {
	if !r.keeps(api.ArtifactOutput) {
		return nil
	}
	var files []api.Artifact
	for _, stream := range streams(f) {
		if len(stream.Data) > 0 {
			if sandbox.Bytes(len(stream.Data)) > sandbox.SpillFrom {
				stream.Data = bytes.Clone(stream.Data) // it is mapped, and goes with the run
			}
			stream.Name = inPass(stream.Name, pass)
			files = append(files, stream)
		}
	}
	return files
}

// streams are standard output and standard error of a run as artifacts. It is not known of which of the two is missing
// what was beyond the output limit.
func streams(f classify.Facts) [2]api.Artifact {
	cut := sandbox.Bytes(len(f.Stdout)+len(f.Stderr))+f.FileBytes < f.OutputBytes
	return [2]api.Artifact{
		{Kind: api.ArtifactOutput, Name: "output", Data: f.Stdout, Truncated: cut},
		{Kind: api.ArtifactOutput, Name: "stderr", Data: f.Stderr, Truncated: cut},
	}
}

// inPass is the name of a file of a pass.
func inPass(name string, pass int) string {
	if pass < 2 {
		return name
	}
	return fmt.Sprintf("%s.%d", name, pass)
}
