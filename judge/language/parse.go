package language

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/sandbox"
)

// tableVersion is the version of the file format that this code reads.
const tableVersion = 1

type rawTable struct {
	Version   int           `yaml:"version"`
	Env       []string      `yaml:"env"`
	Languages []rawLanguage `yaml:"languages"`
}

type rawLanguage struct {
	ID      string      `yaml:"id"`
	Name    string      `yaml:"name"`
	Code    string      `yaml:"code"`
	Aliases []string    `yaml:"aliases"`
	Sources []string    `yaml:"sources"`
	Claims  []string    `yaml:"claims"`
	Entry   rawEntry    `yaml:"entry"`
	Prefer  string      `yaml:"preferred_to"`
	Version []string    `yaml:"version"`
	Package string      `yaml:"package"`
	Compile rawCompile  `yaml:"compile"`
	Run     rawRun      `yaml:"run"`
	Prepare *rawPrepare `yaml:"prepare"`
	Hello   rawHello    `yaml:"hello"`
}

type rawEntry struct {
	Kind     EntryKind `yaml:"kind"`
	Default  string    `yaml:"default"`
	Compiled string    `yaml:"compiled"`
	Suffix   string    `yaml:"suffix"`
}

type rawCompile struct {
	Steps       [][]string `yaml:"steps"`
	Env         []string   `yaml:"env"`
	Limits      rawLimits  `yaml:"limits"`
	LogCap      size       `yaml:"log_cap"`
	Keep        Keep       `yaml:"keep"`
	ArtifactCap size       `yaml:"artifact_cap"`
}

type rawLimits struct {
	CPU      duration `yaml:"cpu"`
	Wall     duration `yaml:"wall"`
	Memory   size     `yaml:"memory"`
	Output   size     `yaml:"output"`
	Pids     int      `yaml:"pids"`
	FileSize size     `yaml:"file_size"`
}

type rawRun struct {
	Args    []string  `yaml:"args"`
	Env     []string  `yaml:"env"`
	Pids    int       `yaml:"pids"`
	Scratch string    `yaml:"scratch"`
	Memory  rawMemory `yaml:"memory"`
}

type rawMemory struct {
	Allowance   size     `yaml:"allowance"`
	StackMax    size     `yaml:"stack_max"`
	OutOfMemory []string `yaml:"out_of_memory"`
}

type rawPrepare struct {
	Optional bool       `yaml:"optional"`
	First    [][]string `yaml:"first"`
	Missing  string     `yaml:"missing"`
	Hello    rawHello   `yaml:"hello"`
	Steps    [][]string `yaml:"steps"`
	Env      []string   `yaml:"env"`
	Limits   rawLimits  `yaml:"limits"`
	Inputs   []string   `yaml:"inputs"`
}

type rawHello struct {
	File   string `yaml:"file"`
	Source string `yaml:"source"`
}

// Parse reads a table. Everything that is wrong with it is told at once, each with its line or with the
// language and the field.
func Parse(data []byte) (*Table, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var raw rawTable
	if err := dec.Decode(&raw); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("file is empty")
		}
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document; write one")
	}
	if raw.Version != tableVersion {
		return nil, fmt.Errorf("version is %d; write version: %d", raw.Version, tableVersion)
	}
	t := &Table{Env: raw.Env}
	for _, r := range raw.Languages {
		t.Languages = append(t.Languages, r.language())
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, nil
}

func (r rawLanguage) language() *Language {
	l := &Language{
		ID: r.ID, Name: r.Name, Code: r.Code, Aliases: r.Aliases, Sources: r.Sources, Claims: r.Claims,
		Entry: Entry(r.Entry), PreferredTo: r.Prefer,
		Version: r.Version, Package: r.Package,
		Compile: CompileRule{
			Steps: r.Compile.Steps, Env: r.Compile.Env, Limits: r.Compile.Limits.limits(),
			LogCap: sandbox.Bytes(r.Compile.LogCap), Keep: r.Compile.Keep,
			ArtifactCap: sandbox.Bytes(r.Compile.ArtifactCap),
		},
		Run: RunRule{
			Args: r.Run.Args, Env: r.Run.Env, Pids: r.Run.Pids, Scratch: r.Run.Scratch,
			Memory: MemoryPolicy{
				Allowance: sandbox.Bytes(r.Run.Memory.Allowance), StackMax: sandbox.Bytes(r.Run.Memory.StackMax),
				OutOfMemory: r.Run.Memory.OutOfMemory,
			},
		},
		Hello: Hello(r.Hello),
	}
	if l.Code == "" {
		l.Code = l.ID
	}
	if l.Entry.Kind == "" {
		l.Entry.Kind = EntryNone
	}
	if p := r.Prepare; p != nil {
		l.Prepare = &PrepareRule{
			Optional: p.Optional, First: p.First, Missing: p.Missing, Hello: Hello(p.Hello), Steps: p.Steps,
			Env: p.Env, Limits: p.Limits.limits(), Inputs: p.Inputs,
		}
	}
	return l
}

func (r rawLimits) limits() Limits {
	return Limits{
		CPU: time.Duration(r.CPU), Wall: time.Duration(r.Wall), Memory: sandbox.Bytes(r.Memory),
		Output: sandbox.Bytes(r.Output), Pids: r.Pids, FileSize: sandbox.Bytes(r.FileSize),
	}
}

// duration is written as "30s", with a unit.
type duration time.Duration

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v <= 0 {
		return fmt.Errorf("line %d: %q is no positive time with a unit, such as 30s", n.Line, n.Value)
	}
	*d = duration(v)
	return nil
}

// size is written as "64MiB", with a binary unit.
type size sandbox.Bytes

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *size) UnmarshalYAML(n *yaml.Node) error {
	v, ok := parseSize(n.Value)
	if n.Kind != yaml.ScalarNode || !ok {
		return fmt.Errorf("line %d: %q is no size, such as 64KiB, 128MiB or 2GiB", n.Line, n.Value)
	}
	*s = size(v)
	return nil
}

func parseSize(text string) (sandbox.Bytes, bool) {
	units := []struct {
		suffix string
		unit   sandbox.Bytes
	}{{"KiB", sandbox.KiB}, {"MiB", sandbox.MiB}, {"GiB", sandbox.GiB}}
	for _, u := range units {
		digits, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(digits), 10, 32)
		if err != nil || sandbox.Bytes(n) > math.MaxInt64/u.unit {
			return 0, false
		}
		return sandbox.Bytes(n) * u.unit, true
	}
	return 0, false
}
