package attacktest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// suite is where the attacks are.
const suite = "../../testcases/attacks"

// manifest is testcases/attacks/manifest.yaml.
type manifest struct {
	Version int      `yaml:"version"`
	Attacks []attack `yaml:"attacks"`
}

// attack is one entry of it.
type attack struct {
	File     string         `yaml:"file"`     // below the suite's directory
	Language string         `yaml:"language"` // of the table
	Category string         `yaml:"category"`
	Safe     []verdict.Code `yaml:"safe"` // the verdicts that show that it came to nothing
	Tries    string         `yaml:"tries"`
	// Role is "" for a submission that attacks, "interactive" for one that does so in an interactive problem; "checker",
	// "interactor", "grader" and "static" for that program of a problem package; and "control" for an honest program,
	// which must be accepted.
	Role   string   `yaml:"role"`
	With   []string `yaml:"with"`  // files beside it that are submitted too
	Named  string   `yaml:"named"` // the name that it is submitted by, when it is a hostile one
	Tests  int      `yaml:"tests"` // of the problem; 0 means 1
	Limits limits   `yaml:"limits"`
	// Files is what the problem says of files that submissions write: "" for nothing, as in legacy packages,
	// "counted" or "none" for what the format 2025-09 has.
	Files string `yaml:"files"`
	// Rootless says what the worker of an ordinary user cannot hold of this attack.
	Rootless []concession `yaml:"rootless"`
}

// concession is what cannot be held where something is missing.
type concession struct {
	Without string         `yaml:"without"` // "control group" or "sub-ids"
	Safe    []verdict.Code `yaml:"safe"`    // verdicts beside the safe ones of the attack
	Holes   []string       `yaml:"holes"`   // how a report of the attacker may begin
	Why     string         `yaml:"why"`
}

func (c concession) check() error {
	switch {
	case !slices.Contains([]string{"control group", "sub-ids"}, c.Without):
		return fmt.Errorf("without %q is nothing that an ordinary user may lack", c.Without)
	case len(c.Safe) == 0 && len(c.Holes) == 0 || c.Why == "":
		return errors.New("what is admitted of an ordinary user needs to be something, and a reason")
	case slices.ContainsFunc(c.Holes, func(h string) bool { return h == "" || strings.ContainsAny(h, "|\"\\") }):
		return fmt.Errorf("holes %q cannot stand in a program", c.Holes)
	}
	return nil
}

// limits are those of the problem that differ from the suite's.
type limits struct {
	Time              float64 `yaml:"time"`               // seconds of CPU time
	Memory            int     `yaml:"memory"`             // MiB
	Output            int     `yaml:"output"`             // MiB
	CompilationTime   float64 `yaml:"compilation_time"`   // seconds
	CompilationMemory int     `yaml:"compilation_memory"` // MiB
}

// or fills in the suite's limits.
func (l limits) or() limits {
	set := func(to *int, v int) {
		if *to == 0 {
			*to = v
		}
	}
	if l.Time == 0 {
		l.Time = 0.5
	}
	set(&l.Memory, 64)
	set(&l.Output, 1)
	if l.CompilationTime == 0 {
		l.CompilationTime = 10
	}
	set(&l.CompilationMemory, 1024)
	return l
}

// timeLimit is that of the problem. An attack that has to get somewhere gets more of it on a slow machine, such as
// an emulated one.
func (a attack) timeLimit() time.Duration {
	seconds := a.Limits.or().Time
	if !slices.Equal(a.Safe, []verdict.Code{verdict.TimeLimitExceeded}) {
		seconds *= sandboxtest.Slowness()
	}
	return time.Duration(seconds * float64(time.Second))
}

func readManifest(text []byte) ([]attack, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var m manifest
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	if m.Version != 1 || len(m.Attacks) == 0 {
		return nil, fmt.Errorf("version %d with %d attacks", m.Version, len(m.Attacks))
	}
	var errs []error
	for _, a := range m.Attacks {
		if err := a.check(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", a.File, err))
		}
	}
	return m.Attacks, errors.Join(errs...)
}

func (a attack) check() error {
	switch {
	case a.File == "" || a.Language == "" || a.Category == "" || a.Tries == "" || len(a.Safe) == 0:
		return errors.New("file, language, category, safe and tries are required")
	case !slices.Contains([]string{"", "interactive", "checker", "interactor", "grader", "static", "control"}, a.Role):
		return fmt.Errorf("role %q is none", a.Role)
	case !slices.Contains([]string{"", "counted", "none"}, a.Files):
		return fmt.Errorf("files %q: want counted or none", a.Files)
	case a.Role == "control" && !slices.Equal(a.Safe, []verdict.Code{verdict.Accepted}):
		return errors.New("an honest program must be accepted")
	case a.submitted() && slices.Contains(a.mayGet(), verdict.JudgeError):
		return errors.New("JE is never a safe outcome of a submission")
	}
	for _, c := range a.Rootless {
		if err := c.check(); err != nil {
			return err
		}
	}
	known := []verdict.Code{
		verdict.Accepted, verdict.TimeLimitExceeded, verdict.MemoryLimitExceeded, verdict.OutputLimitExceeded,
		verdict.RunTimeError, verdict.CompileError, verdict.JudgeError,
	}
	if a.Role == "interactive" { // the interactor tells a hole from silence
		known = append(known, verdict.WrongAnswer)
	}
	for _, code := range a.mayGet() {
		if !slices.Contains(known, code) { // WA is what an attack gets that found something
			return fmt.Errorf("%q is no safe outcome", code)
		}
	}
	return nil
}

// mayGet are the safe verdicts, and those that are admitted.
func (a attack) mayGet() []verdict.Code {
	all := slices.Clone(a.Safe)
	for _, c := range a.Rootless {
		all = append(all, c.Safe...)
	}
	return all
}

// submitted tells whether it is the submission that attacks.
func (a attack) submitted() bool { return a.Role == "" || a.Role == "interactive" }

// attacks reads the manifest of the suite.
func attacks(t *testing.T) []attack {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(suite, "manifest.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := readManifest(text)
	if err != nil {
		t.Fatalf("manifest.yaml: %v", err)
	}
	return list
}

// TestManifest holds manifest and directory together.
func TestManifest(t *testing.T) {
	listed := map[string]bool{"manifest.yaml": true, "README.md": true, referee: true}
	hostile := 0
	for _, a := range attacks(t) {
		if listed[a.File] && a.Named == "" {
			t.Errorf("%s is listed twice", a.File)
		}
		for _, name := range append([]string{a.File}, a.With...) {
			listed[name] = true
		}
		if a.Role != "control" {
			hostile++
		}
	}
	if hostile < 60 {
		t.Errorf("%d attacks, want at least 60", hostile)
	}
	err := filepath.WalkDir(suite, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name := strings.TrimPrefix(path, suite+"/")
			if !listed[name] && name != "attack.h" {
				t.Errorf("%s is not in manifest.yaml", name)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestManifestIsStrict(t *testing.T) {
	const good = "version: 1\nattacks:\n  - {file: a.c, language: c, category: x, safe: [AC], tries: all}\n"
	if _, err := readManifest([]byte(good)); err != nil {
		t.Errorf("sound manifest: %v", err)
	}
	for name, change := range map[string][2]string{
		"unknown key":         {"tries: all", "tries: all, trys: 1"},
		"JE of a submission":  {"[AC]", "[AC, JE]"},
		"WA":                  {"[AC]", "[WA]"},
		"no safe outcome":     {"[AC]", "[]"},
		"unknown role":        {"tries: all", "tries: all, role: king"},
		"unknown rule":        {"tries: all", "tries: all, files: some"},
		"control that may CE": {"safe: [AC]", "safe: [CE], role: control"},
		"wrong version":       {"version: 1", "version: 2"},
		"no description":      {"tries: all", "tries: ''"},
		"admits no reason":    {"tries: all", "tries: all, rootless: [{without: sub-ids, safe: [TLE]}]"},
		"admits nothing":      {"tries: all", "tries: all, rootless: [{without: sub-ids, why: so}]"},
		"admits without lack": {"tries: all", "tries: all, rootless: [{without: time, safe: [TLE], why: so}]"},
		"admits JE":           {"tries: all", "tries: all, rootless: [{without: sub-ids, safe: [JE], why: so}]"},
		"admits WA":           {"tries: all", "tries: all, rootless: [{without: sub-ids, safe: [WA], why: so}]"},
		"admits everything":   {"tries: all", "tries: all, rootless: [{without: sub-ids, holes: [''], why: so}]"},
	} {
		if _, err := readManifest([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
