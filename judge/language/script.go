package language

import (
	"slices"
	"strings"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// runScript is what build makes, or what is there from the start.
const runScript = "run"

// scripts is the pseudo-language of programs that bring scripts called build and run. The build runs in a copy of
// the files that it may change; then there must be an executable run.
func scripts() *Language {
	const build = `mkdir /w/.out && for f in *; do cp -R -- "$f" /w/.out/ || exit; done && cd /w/.out &&
		{ [ ! -e build ] || { ./build && { [ ! -f run ] || chmod +x run; }; }; } || exit
		[ -x run ] || { echo "there is no executable file called run" >&2; exit 1; }`
	return &Language{
		ID: "script", Name: "build and run scripts", Code: "script",
		Entry: Entry{Kind: EntryFile, Default: runScript},
		Compile: CompileRule{
			Steps: [][]string{{"sh", "-c", build}},
			Limits: Limits{
				CPU: time.Minute, Wall: 2 * time.Minute, Memory: 2 * sandbox.GiB, Output: sandbox.MiB,
				Pids: 128, FileSize: 256 * sandbox.MiB,
			},
			LogCap: 64 * sandbox.KiB, Keep: KeepOutput, ArtifactCap: 128 * sandbox.MiB,
		},
		Run: RunRule{Args: []string{"{entry}"}, Pids: 128},
	}
}

// NewScriptUnit puts a program of a problem package together that brings its own build or run script.
// Submissions have no such thing.
func NewScriptUnit(files []sandbox.File) *Unit {
	u := &Unit{Language: scripts(), Files: slices.Clone(files), MainFile: runScript}
	slices.SortFunc(u.Files, func(a, b sandbox.File) int { return strings.Compare(a.Path, b.Path) })
	return u
}
