package judge

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/sandbox"
)

// Keeper takes the files that were asked for beside a report or a result. Its methods may be called from several
// goroutines.
type Keeper interface {
	// Keep stores a.Data as an object of the submission or request called id, with path before its name, and returns
	// what is to be told of it: where it is, or why it is nowhere. The data is not used after it has returned.
	Keep(ctx context.Context, id, path string, a message.Artifact) message.Artifact
}

// Bounds of what is kept beside one report, and beside one result of a run request. What is beyond is left out.
const (
	maxKept    = 64 * sandbox.MiB
	maxRunKept = 256 * sandbox.MiB
)

// keeping hands over what belongs to one submission or request.
type keeping struct {
	to   Keeper // nil: the data stays with the report
	id   string
	path string
	most sandbox.Bytes
	used atomic.Int64
}

func (k *keeping) begin(to Keeper, id, path string, most sandbox.Bytes) {
	k.to, k.id, k.path, k.most = to, id, path, most
}

// keep hands over a file of a test case or run.
func (k *keeping) keep(ctx context.Context, of string, a message.Artifact) message.Artifact {
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

// keep is what becomes of the files of a test case: those that were asked for are handed over.
func (s *session) keep(ctx context.Context, test string, files []message.Artifact) []message.Artifact {
	var kept []message.Artifact
	for _, a := range files {
		if s.keeps(a.Kind) {
			kept = append(kept, s.kept.keep(ctx, test, a))
		}
	}
	return kept
}

// keeps tells whether files of a kind were asked for.
func (s *session) keeps(kind message.ArtifactKind) bool { return slices.Contains(s.sub.Keep, kind) }

// outputs are the streams of a run, where they were asked for and something was written.
func (s *session) outputs(f runFacts, pass int) []message.Artifact {
	if !s.keeps(message.ArtifactOutput) {
		return nil
	}
	var files []message.Artifact
	for _, stream := range streams(f) {
		if len(stream.Data) > 0 {
			stream.Name = inPass(stream.Name, pass)
			files = append(files, stream)
		}
	}
	return files
}

// streams are standard output and standard error of a run as artifacts. It is not known of which of the two is missing
// what was beyond the output limit.
func streams(f runFacts) [2]message.Artifact {
	cut := sandbox.Bytes(len(f.Stdout)+len(f.Stderr))+f.FileBytes < f.OutputBytes
	return [2]message.Artifact{
		{Kind: message.ArtifactOutput, Name: "output", Data: f.Stdout, Truncated: cut},
		{Kind: message.ArtifactOutput, Name: "stderr", Data: f.Stderr, Truncated: cut},
	}
}

// inPass is the name of a file of a pass.
func inPass(name string, pass int) string {
	if pass < 2 {
		return name
	}
	return fmt.Sprintf("%s.%d", name, pass)
}

// keepLog hands over what the compiler said.
func (s *session) keepLog(ctx context.Context, full string) {
	if full == "" {
		full = s.report.Compile.Log
	}
	if full == "" {
		return
	}
	s.report.Artifacts = append(s.report.Artifacts, s.keep(ctx, "compile", []message.Artifact{{
		Kind: message.ArtifactCompileLog, Name: "log", Data: []byte(full),
		Truncated: s.report.Compile.Truncated && full == s.report.Compile.Log, // compiled earlier: the rest is gone
	}})...)
}
