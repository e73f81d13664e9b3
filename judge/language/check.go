package language

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// check tells everything that is wrong with a table.
func (t *Table) check() error {
	var errs []error
	if t.searchPath() == nil {
		errs = append(errs, errors.New("env has no PATH; toolchains could not be found"))
	}
	errs = append(errs, checkEnv("env", t.Env)...)
	if len(t.Languages) == 0 {
		errs = append(errs, errors.New("no languages"))
	}
	for i, l := range t.Languages {
		for _, err := range l.check() {
			errs = append(errs, fmt.Errorf("language %d (%q): %w", i+1, l.ID, err))
		}
	}
	errs = append(errs, t.checkUnique()...)
	errs = append(errs, t.checkPreferences()...)
	return errors.Join(errs...)
}

// checkPreferences makes sure that each preference is between two languages of the same files.
func (t *Table) checkPreferences() []error {
	var errs []error
	for _, l := range t.Languages {
		if l.PreferredTo == "" {
			continue
		}
		other, ok := t.Lookup(l.PreferredTo)
		if !ok || other.ID != l.PreferredTo || other.PreferredTo != "" || !slices.Equal(l.Sources, other.Sources) {
			errs = append(errs, fmt.Errorf("language %q: preferred_to %q: write the ID of another language with the same sources", l.ID, l.PreferredTo))
		}
	}
	return errs
}

// checkUnique makes sure that no name and no claimed extension means two languages.
func (t *Table) checkUnique() []error {
	var errs []error
	names, claims := map[string]string{}, map[string]string{}
	for _, l := range t.Languages {
		for _, n := range append([]string{l.ID}, l.Aliases...) {
			if other, taken := names[n]; taken {
				errs = append(errs, fmt.Errorf("name %q is used twice: by %s and by %s", n, other, l.ID))
			}
			names[n] = l.ID
		}
		for _, c := range l.Claims {
			if other, taken := claims[c]; taken {
				errs = append(errs, fmt.Errorf("extension %s is claimed twice: by %s and by %s", c, other, l.ID))
			}
			claims[c] = l.ID
		}
	}
	return errs
}

var (
	idPattern          = regexp.MustCompile(`^[a-z][a-z0-9+_-]{0,31}$`)
	extensionPattern   = regexp.MustCompile(`^\.[A-Za-z0-9+_]{1,15}$`)
	placeholderPattern = regexp.MustCompile(`\{[a-z_]+\}`)
	envPattern         = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
)

func (l *Language) check() []error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for _, n := range append([]string{l.ID, l.Code}, l.Aliases...) {
		if !idPattern.MatchString(n) {
			add("id, code or alias %q: write lower case letters, digits, + _ -, letter first", n)
		}
	}
	if l.Name == "" {
		add("name is missing")
	}
	if len(l.Sources) == 0 {
		add("sources is missing: which extensions do its files have?")
	}
	for _, e := range slices.Concat(l.Sources, l.Claims) {
		if !extensionPattern.MatchString(e) {
			add("extension %q: write it with its dot, such as .cc", e)
		}
	}
	for _, e := range l.Claims {
		if !slices.Contains(l.Sources, e) {
			add("claims %s, which is not among its sources", e)
		}
	}
	if len(l.Version) == 0 {
		add("version is missing: which command prints the version of the toolchain?")
	}
	if l.Hello.File == "" || l.Hello.Source == "" {
		add("hello needs file and source; the self-test runs it")
	} else if !slices.Contains(l.Sources, path.Ext(l.Hello.File)) {
		add("hello.file %q has none of the extensions in sources", l.Hello.File)
	}
	errs = append(errs, l.checkEntry()...)
	errs = append(errs, l.checkCompile()...)
	errs = append(errs, l.checkRun()...)
	return append(errs, l.checkPrepare()...)
}

func (l *Language) checkEntry() []error {
	var errs []error
	e := l.Entry
	switch e.Kind {
	case EntryNone:
		if e.Default != "" {
			errs = append(errs, errors.New("entry.default without an entry kind"))
		}
	case EntryFile, EntryClass:
	default:
		errs = append(errs, fmt.Errorf("entry.kind %q: write none, file or class", e.Kind))
	}
	if e.Compiled != "" && (e.Kind != EntryFile || l.Compile.Keep != KeepOutput) {
		errs = append(errs, errors.New("entry.compiled is for entry.kind file with compile.keep output"))
	}
	if e.Compiled != "" && !extensionPattern.MatchString(e.Compiled) {
		errs = append(errs, fmt.Errorf("entry.compiled %q: write an extension with its dot, such as .exe", e.Compiled))
	}
	if e.Suffix != "" && e.Kind != EntryClass {
		errs = append(errs, errors.New("entry.suffix is for entry.kind class"))
	}
	return errs
}

func (l *Language) checkCompile() []error {
	c := &l.Compile
	allowed := []string{"{files}", "{output}", "{prepared}", "{id}"}
	if l.Entry.Kind == EntryFile {
		allowed = append(allowed, "{entry}", "{stem}")
	}
	errs := checkSteps("compile.steps", c.Steps, allowed)
	errs = append(errs, checkEnv("compile.env", c.Env)...)
	switch c.Keep {
	case KeepExecutable, KeepOutput, KeepSources:
	default:
		errs = append(errs, fmt.Errorf("compile.keep %q: write executable, output or sources", c.Keep))
	}
	if c.Keep != KeepSources && len(c.Steps) == 0 {
		errs = append(errs, fmt.Errorf("compile.keep %s, and no compile.steps to make it", c.Keep))
	}
	if c.LogCap <= 0 {
		errs = append(errs, errors.New("compile.log_cap is missing, such as 64KiB"))
	}
	if c.ArtifactCap <= 0 {
		errs = append(errs, errors.New("compile.artifact_cap is missing, such as 128MiB"))
	}
	return append(errs, checkLimits("compile.limits", c.Limits)...)
}

func (l *Language) checkRun() []error {
	var errs []error
	if len(l.Run.Args) == 0 {
		errs = append(errs, errors.New("run.args is missing"))
	}
	allowed := []string{"{heap_mib}", "{stack_kib}", "{id}"}
	if l.Compile.Keep == KeepExecutable {
		allowed = append(allowed, "{program}")
	} else {
		allowed = append(allowed, "{files}", "{entry}", "{stem}", "{dir}")
	}
	errs = append(errs, checkPlaceholders("run.args", l.Run.Args, allowed)...)
	errs = append(errs, checkPlaceholders("run.env", l.Run.Env, allowed)...)
	errs = append(errs, checkEnv("run.env", l.Run.Env)...)
	if l.Run.Pids <= 0 {
		errs = append(errs, errors.New("run.pids is missing: how many processes and threads may it have?"))
	}
	if s := l.Run.Scratch; s != "" && !path.IsAbs(s) {
		errs = append(errs, fmt.Errorf("run.scratch %q: write an absolute path", s))
	}
	for _, a := range slices.Concat(l.Run.Args, l.Run.Env) {
		if strings.Contains(a, preparedDir+"/") {
			errs = append(errs, fmt.Errorf("run: %q names what is prepared, which is for compiling; keep it in the program", a))
		}
	}
	if l.Compile.Keep == KeepOutput && l.Entry.Kind == EntryNone {
		errs = append(errs, errors.New("compile.keep output needs entry.kind file or class"))
	}
	if slices.Contains(l.Run.Memory.OutOfMemory, "") {
		errs = append(errs, errors.New("run.memory.out_of_memory holds an empty text, which everything contains"))
	}
	return errs
}

func (l *Language) checkPrepare() []error {
	p := l.Prepare
	if p == nil {
		return nil
	}
	placeholders := []string{"{output}", "{prepared}", "{id}"}
	errs := append(checkSteps("prepare.steps", p.Steps, placeholders), checkSteps("prepare.first", p.First, placeholders)...)
	if len(p.Steps) == 0 {
		errs = append(errs, errors.New("prepare.steps is missing"))
	}
	if p.Optional && len(p.First) > 0 {
		errs = append(errs, errors.New("prepare.first is for a cache that is not optional"))
	}
	if p.Missing != "" && len(p.First) == 0 {
		errs = append(errs, errors.New("prepare.missing is for a cache with prepare.first"))
	}
	if p.Hello != (Hello{}) && (p.Hello.Source == "" || !slices.Contains(l.Sources, path.Ext(p.Hello.File))) {
		errs = append(errs, errors.New("prepare.hello needs file, with one of the extensions in sources, and source"))
	}
	errs = append(errs, checkEnv("prepare.env", p.Env)...)
	for _, in := range p.Inputs {
		if !path.IsAbs(in) {
			errs = append(errs, fmt.Errorf("prepare.inputs %q: write an absolute path", in))
		}
	}
	return append(errs, checkLimits("prepare.limits", p.Limits)...)
}

func checkSteps(field string, steps [][]string, allowed []string) []error {
	var errs []error
	for i, step := range steps {
		name := fmt.Sprintf("%s[%d]", field, i)
		if len(step) == 0 {
			errs = append(errs, fmt.Errorf("%s is empty", name))
		}
		errs = append(errs, checkPlaceholders(name, step, allowed)...)
	}
	return errs
}

func checkPlaceholders(field string, args, allowed []string) []error {
	var errs []error
	for _, a := range args {
		for _, p := range placeholderPattern.FindAllString(a, -1) {
			if !slices.Contains(allowed, p) {
				errs = append(errs, fmt.Errorf("%s: unknown placeholder %s; here stand %s",
					field, p, strings.Join(allowed, " ")))
			}
		}
		if strings.Contains(a, "{files}") && a != "{files}" {
			errs = append(errs, fmt.Errorf("%s: {files} must be an argument of its own, not part of %q", field, a))
		}
	}
	return errs
}

func checkEnv(field string, env []string) []error {
	var errs []error
	for _, e := range env {
		if !envPattern.MatchString(e) {
			errs = append(errs, fmt.Errorf("%s: %q is not NAME=value", field, e))
		}
	}
	return errs
}

func checkLimits(field string, l Limits) []error {
	if l.CPU <= 0 || l.Wall <= 0 || l.Memory <= 0 || l.Output <= 0 || l.Pids <= 0 || l.FileSize <= 0 {
		return []error{fmt.Errorf("%s needs cpu, wall, memory, output, pids and file_size", field)}
	}
	return nil
}
