package language

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/sandbox"
)

// Program is what a compilation left: ready to be started any number of times.
type Program struct {
	Language *Language
	// Entry is the file or class to start; "" for a native executable.
	Entry string
	// Files are put into the container before each run; none for a native executable, which the caller passes
	// by descriptor (Language.Compile.Keep says which of the two it is).
	Files []sandbox.File
	// Dir is the directory of the container where the files are; "" is the working directory.
	Dir string
}

// At returns the program with its files in another directory of the container, given as an absolute path.
func (p *Program) At(dir string) *Program {
	moved := *p
	moved.Dir = dir
	moved.Files = slices.Clone(p.Files)
	for i := range moved.Files {
		moved.Files[i].Path = path.Join(dir, moved.Files[i].Path)
	}
	return &moved
}

// smallestStack in KiB is what runtimes need in order to start at all.
const smallestStack = 1024

// Command is how to start the program under a memory limit of memory bytes, as the problem states it. The
// memory, pids, environment and arguments are set; the caller adds time, output, input and the executable, and more
// arguments where there are any.
func (p *Program) Command(t *Table, memory sandbox.Bytes) sandbox.Command {
	l := p.Language
	v := p.values(memory)
	limits := sandbox.Limits{Memory: memory + l.Run.Memory.Allowance, Pids: l.Run.Pids}
	if memory == 0 {
		limits.Memory = 0
	}
	cmd := sandbox.Command{
		Args:   v.args(l.Run.Args),
		Env:    v.env(t.Env, l.Run.Env),
		Limits: limits,
	}
	if l.Run.Scratch != "" {
		cmd.MakeDirs = []string{l.Run.Scratch}
	}
	return cmd
}

func (p *Program) values(memory sandbox.Bytes) values {
	l := p.Language
	heap := memory
	if heap == 0 {
		heap = sandbox.GiB
	}
	stack := heap / 2
	if most := l.Run.Memory.StackMax; most > 0 {
		stack = min(stack, most)
	}
	dir, entry := p.Dir, p.Entry
	if dir == "" {
		dir = "."
	}
	if l.Entry.Kind == EntryFile {
		entry = dir + "/" + entry
	}
	return values{files: p.sources(), pairs: []string{
		"{program}", "./program", "{entry}", entry, "{stem}", stem(p.Entry), "{dir}", dir, "{id}", l.ID,
		"{heap_mib}", strconv.FormatInt(max(int64(heap/sandbox.MiB), 1), 10),
		"{stack_kib}", strconv.FormatInt(max(int64(stack/sandbox.KiB), smallestStack), 10),
	}}
}

// sources are the source files among the program's, as they are named when it starts.
func (p *Program) sources() []string {
	var names []string
	for _, f := range p.Files {
		names = append(names, f.Path)
	}
	names = p.Language.sources(names)
	for i, name := range names {
		if p.Dir == "" {
			names[i] = "./" + name
		}
	}
	return names
}

// SaidOutOfMemory tells whether a runtime of this language wrote to standard error that memory ran out.
func (l *Language) SaidOutOfMemory(stderr []byte) bool {
	text := string(stderr)
	return slices.ContainsFunc(l.Run.Memory.OutOfMemory, func(s string) bool { return strings.Contains(text, s) })
}
