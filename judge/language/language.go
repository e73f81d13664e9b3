package language

import (
	"slices"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// Language is one entry of the table.
type Language struct {
	ID   string // lower case, such as "cpp17"; stable, and what a submission names
	Name string // for people
	// Code is what problem packages call the language ("cpp" for every C++); "" in the file means ID.
	Code    string
	Aliases []string // other names a submission may use
	// Sources are the extensions, with dot, of files that are given to the compiler or can be started.
	Sources []string
	// Claims are the extensions that choose this language when a submission names none. No two languages
	// of a table claim the same one.
	Claims []string
	Entry  Entry
	// PreferredTo is the ID of another language whose submissions this one takes, where it is installed and nobody asked for
	// that one by its ID; "" for none.
	PreferredTo string
	// Version prints the version of the toolchain; its first line counts.
	Version []string
	// Package is the Debian package that brings the toolchain, for messages; "" when there is none.
	Package string
	Compile CompileRule
	Run     RunRule
	Prepare *PrepareRule // nil: nothing to prepare
	Hello   Hello
}

// EntryKind says what "where to start" means for a language.
type EntryKind string

// The kinds of entry points.
const (
	EntryNone  EntryKind = "none"  // the compiled program starts itself
	EntryFile  EntryKind = "file"  // a source file is started
	EntryClass EntryKind = "class" // a compiled class is started
)

// Entry is the entry point rule of a language.
type Entry struct {
	Kind    EntryKind
	Default string // the file or class that wins when it is there; "" for none
	// Compiled is the extension, with dot, of what the compilation makes of the source file that is started; ""
	// when the source itself is. For EntryFile with KeepOutput.
	Compiled string
	// Suffix is what the compiler adds to the name of a file to name its class; for EntryClass.
	Suffix string
}

// Keep says what of a compilation is the program.
type Keep string

// What can be kept.
const (
	KeepExecutable Keep = "executable" // the one file {output}, run by descriptor
	KeepOutput     Keep = "output"     // every file below the directory {output}
	KeepSources    Keep = "sources"    // the submitted files as they came
)

// CompileRule is how a submission becomes a program.
type CompileRule struct {
	// Steps run one after the other, and the first that fails ends it. Placeholders: {files} (the source
	// files, one argument each), {entry}, {stem} (its name without extension), {output}, {id}.
	Steps  [][]string
	Env    []string // added to the table's
	Limits Limits
	LogCap sandbox.Bytes // of what the steps print, both streams together
	Keep   Keep
	// ArtifactCap is the most that a program may weigh.
	ArtifactCap sandbox.Bytes
}

// Limits bound one compile or prepare step, in the units of sandbox.Limits.
type Limits struct {
	CPU      time.Duration
	Wall     time.Duration
	Memory   sandbox.Bytes
	Output   sandbox.Bytes
	Pids     int
	FileSize sandbox.Bytes
}

// Sandbox is the same in the sandbox's terms.
func (l Limits) Sandbox() sandbox.Limits {
	return sandbox.Limits{
		CPU: l.CPU, Wall: l.Wall, Memory: l.Memory, Output: l.Output, Pids: l.Pids, FileSize: l.FileSize,
	}
}

// RunRule is how a program is started for one test case.
type RunRule struct {
	// Args is the command; the test's arguments come after it. Placeholders: {program}, {entry}, {dir} (where
	// the program's files are), {stem}, {heap_mib} (the problem's memory limit), {stack_kib}, {id}.
	Args []string
	Env  []string // added to the table's
	Pids int      // processes and threads, those of the runtime included
	// Scratch is a directory that is made for the runtime and that it can write to also where a problem lets
	// programs write nothing; "" for runtimes that need none.
	Scratch string
	Memory  MemoryPolicy
}

// MemoryPolicy is how the problem's memory limit is held.
type MemoryPolicy struct {
	// Allowance is added to the control group's limit for what a managed runtime needs beside the heap,
	// whose size {heap_mib} is the problem's limit. 0: the control group's limit is the problem's.
	Allowance sandbox.Bytes
	// StackMax bounds {stack_kib}, which is half of the problem's limit otherwise.
	StackMax sandbox.Bytes
	// OutOfMemory are texts with which the runtime says on standard error that memory ran out.
	OutOfMemory []string
}

// PrepareRule makes a cache that every compilation reads and none can write. Its steps run once per toolchain
// in a container; what they leave below {output} is seen by compilations as {prepared}.
type PrepareRule struct {
	// Optional says that the language works without the cache, only slower. It is offered before there is one.
	Optional bool
	Steps    [][]string // placeholders: {output}, {prepared}, {id}
	// First are steps that make the part of the cache that most programs need, for a language that does not work
	// without it. It is offered with that part alone; a compilation that fails is repeated with the whole cache.
	First [][]string
	// Missing is in the messages of each compilation that fails for want of what First has not; "" where that cannot be
	// told. Others that fail are not repeated.
	Missing string
	// Hello, where it is set, is the test program that is compiled with the cache.
	Hello  Hello
	Env    []string // added to the table's
	Limits Limits
	// Inputs are files of the toolchain that the cache depends on besides the version.
	Inputs []string
}

// Hello is the program of the self-test. It must read a word and print "hello" and the word.
type Hello struct {
	File   string
	Source string
}

// names tells whether a submission may call the language so.
func (l *Language) names(name string) bool {
	return name == l.ID || slices.Contains(l.Aliases, name)
}

// AllowedBy tells whether a problem package that allows only the languages in codes allows this one. Packages
// write the code of a family, but an ID or alias is taken too. No codes at all allow every language.
func (l *Language) AllowedBy(codes []string) bool {
	if len(codes) == 0 {
		return true
	}
	return slices.ContainsFunc(codes, func(c string) bool {
		return c == "all" || c == l.Code || l.names(c)
	})
}
