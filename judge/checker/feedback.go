package checker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox"
)

// The files of a feedback directory that mean something to the judge.
const (
	judgeMessageFile = "judgemessage.txt"
	teamMessageFile  = "teammessage.txt"
	scoreFile        = "score.txt"
	multiplierFile   = "score_multiplier.txt"
	nextPassFile     = "nextpass.in"
)

// maxUnlimited bounds what is read of a feedback directory where the output of the program has no limit.
const maxUnlimited = 64 * sandbox.MiB

// outputLimit is the most that a program may write in all.
func outputLimit(l sandbox.Limits) sandbox.Bytes {
	if l.Output == 0 {
		return maxUnlimited
	}
	return l.Output
}

// feedback is what a program left in its feedback directory.
type feedback struct {
	files []sandbox.File // in byte order of their names
	// complaint says why the directory cannot be used, "" when it can; there are no files then.
	complaint string
}

// collectFeedback reads the directory after a run that wrote so many bytes to standard output and error. Links, FIFOs
// and devices were not written, for all that the judge knows, and neither was anything in a directory that was
// removed or replaced. The error is a fault.
func collectFeedback(ctx context.Context, sb *sandbox.Sandbox, in Invocation, written sandbox.Bytes) (feedback, error) {
	limit := outputLimit(in.Limits)
	left := max(limit-written, 0)
	for _, f := range in.Feedback {
		left += sandbox.Bytes(len(f.Data))
	}
	files, err := sb.Collect(ctx, feedbackPath, left)
	switch {
	case err == nil:
		return feedback{files: files}, nil
	case errors.Is(err, sandbox.ErrLost) || ctx.Err() != nil:
		return feedback{}, err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
		return feedback{}, nil
	case errors.Is(err, unix.EFBIG):
		return feedback{complaint: fmt.Sprintf("went over its output limit of %d bytes (limits.validation_output) with the files of its feedback directory", limit)}, nil
	}
	return feedback{complaint: "left a feedback directory that cannot be read: " + strings.ToValidUTF8(err.Error(), "\uFFFD")}, nil
}

// carried are files of an earlier pass as they are put into the container, where the program can change them.
func carried(files []sandbox.File) []sandbox.File {
	put := slices.Clone(files)
	for i := range put {
		put[i].Path = path.Join(feedbackPath, put[i].Path)
		put[i].Mode |= 0o666
	}
	return put
}

// feedbackDirs are the directories that must belong to the program: the feedback directory and those of earlier files.
func feedbackDirs(files []sandbox.File) []string {
	dirs := []string{feedbackPath}
	for _, f := range files {
		for d := path.Dir(f.Path); d != "."; d = path.Dir(d) {
			dirs = append(dirs, path.Join(feedbackPath, d))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// get returns the content of a file, and whether it is there.
func (f feedback) get(name string) ([]byte, bool) {
	for _, file := range f.files {
		if file.Path == name {
			return file.Data, true
		}
	}
	return nil, false
}

// message returns a file as text.
func (f feedback) message(name string) string {
	text, _ := f.get(name)
	return clip(text, int(MaxMessage))
}

// Bounds of what is kept of feedback files that only people look at.
const (
	MaxArtifact   = 512 * sandbox.KiB // of one file
	MaxArtifacts  = 2 * sandbox.MiB   // of all of them
	artifactFiles = 32
)

// artifacts are the files that mean nothing to the judge.
func (f feedback) artifacts(meant ...string) []api.Artifact {
	var all []api.Artifact
	left := int(MaxArtifacts)
	for _, file := range f.files {
		if slices.Contains(meant, file.Path) {
			continue
		}
		if len(all) == artifactFiles {
			break
		}
		data := file.Data[:min(len(file.Data), int(MaxArtifact), left)]
		left -= len(data)
		all = append(all, api.Artifact{
			Kind: api.ArtifactFeedback, Name: strings.ToValidUTF8(file.Path, "\uFFFD"), Data: slices.Clone(data),
			Bytes: int64(len(data)), Truncated: len(data) < len(file.Data),
		})
	}
	return all
}
