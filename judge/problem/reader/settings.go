package reader

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
	"github.com/gaveloj/gavel/sandbox"
)

// settings are what gavel.yaml says. The zero value is that of a package without one.
type settings struct {
	dialect    string // "kattis" or "domjudge"; "" lets us choose
	checker    *checkerSetting
	interactor *checkerSetting
	// samplesOnly asks for submissions to be judged by the samples where there is nothing else.
	samplesOnly           bool
	interaction           sandbox.Bytes // Limits.InteractionOutput; 0 leaves it as it is
	inputFile, outputFile string        // Problem.InputFile and OutputFile
	broken                bool          // the file cannot be read
	mapping               *yamlmap.Map  // the keys of a testlib-style package, not read yet; nil without the file
}

// checkerSetting names a program of the package, or a comparison of ours.
type checkerSetting struct {
	at       issue.Place
	path     string
	protocol checker.Protocol
	scale    checker.PointsScale
	comparer checker.Comparer // set when there is no path
	args     []string
}

// The dialects of testdata.yaml.
const (
	kattisDialect   = "kattis"
	domjudgeDialect = "domjudge"
)

// readSettings reads the keys of gavel.yaml that are for packages of all formats.
func readSettings(t *source, issues *issue.Findings) settings {
	if t.File(tree.SettingsFile) == nil {
		return settings{}
	}
	m := t.ReadYAML(tree.SettingsFile, issues)
	if m == nil {
		return settings{broken: true}
	}
	return settingsOf(m)
}

// settingsOf reads the same keys from a map.
func settingsOf(m *yamlmap.Map) settings {
	s := settings{mapping: m}
	s.samplesOnly, _ = m.Boolean("samples_only")
	readSize(m, "interaction_output", sandbox.MiB, &s.interaction)
	s.inputFile, s.outputFile = readExchange(m)
	s.checker = readChecker(m, "checker")
	s.interactor = readChecker(m, "interactor")
	if s.interactor != nil {
		s.interactor.checkInteractor(m)
	}
	return s
}

// The keys for input and output by files.
const (
	inputFileKey  = "input_file"
	outputFileKey = "output_file"
)

// readExchange reads the names of the files through which submissions get their input and give their output.
func readExchange(m *yamlmap.Map) (input, output string) {
	name := func(key string) string {
		text, given := m.Text(key)
		if given && !tree.ValidName(text) {
			m.Reject(key, fmt.Sprintf("cannot be %.80q", text), "write a name of letters, digits, '_', '.' and '-', such as input.txt")
			return ""
		}
		return text
	}
	input, output = name(inputFileKey), name(outputFileKey)
	if input != "" && input == output {
		m.Reject(outputFileKey, "is the name of the input file", "give each its own")
	}
	return input, output
}

// beside reads what is left when the package has a format of its own.
func (s *settings) beside() {
	m := s.mapping
	if m == nil {
		return
	}
	if word, ok := m.Text("grading_dialect"); ok {
		if word != kattisDialect && word != domjudgeDialect {
			m.Reject("grading_dialect", fmt.Sprintf("%q is not known", word), "use kattis or domjudge")
		}
		s.dialect = word
	}
	for _, key := range m.Unread() {
		if slices.Contains(testlibKeys(), key) {
			m.Take(key)
			m.Reject(key, "is for packages without "+tree.MetadataFile, "say it in "+tree.MetadataFile)
		}
	}
	m.Done()
}

// readChecker reads a checker: the path of its source, or a map. The protocol is testlib's where none is given.
func readChecker(m *yamlmap.Map, key string) *checkerSetting {
	node := m.Nodes[key]
	if node == nil || node.Kind != yaml.MappingNode {
		if file, ok := m.Text(key); ok {
			return &checkerSetting{at: m.At(key), path: file, protocol: checker.Testlib}
		}
		return nil
	}
	at := m.At(key)
	c := m.Child(key)
	defer c.Done()
	s := &checkerSetting{at: at, protocol: checker.Testlib}
	readArguments(c, "args", &s.args)
	words := c.Words("compare")
	s.path, _ = c.Text("path")
	switch {
	case len(words) > 0 && s.path != "":
		c.Reject("compare", "and path cannot both be given", "keep the one that is meant")
	case len(words) > 0 && key != "checker":
		c.Reject("compare", "cannot be an interactor", "give the path of its source")
	case len(words) > 0:
		var err error
		if s.comparer, err = checker.ParseComparer(words[0], slices.Concat(words[1:], s.args)); err != nil {
			c.Reject("compare", "names a "+err.Error(), "")
		}
	case s.path == "":
		m.Reject(key, "names neither a program nor a comparison", "give path or compare")
	}
	s.readProtocol(c)
	return s
}

// readProtocol reads how the program is called and how it answers.
func (s *checkerSetting) readProtocol(c *yamlmap.Map) {
	if word, ok := c.Text("protocol"); ok {
		s.protocol = checker.Protocol(word)
		if !slices.Contains(checker.Protocols(), s.protocol) {
			c.Reject("protocol", fmt.Sprintf("%q is not known", word), "use "+list(checker.Protocols()))
		}
	}
	if word, ok := c.Text("points_scale"); ok {
		s.scale = checker.PointsScale(word)
		if !slices.Contains(checker.PointsScales(), s.scale) {
			c.Reject("points_scale", fmt.Sprintf("%q is not known", word), "use "+list(checker.PointsScales()))
		}
	}
	for _, key := range []string{"protocol", "points_scale"} {
		if s.path == "" && c.Has(key) {
			c.Reject(key, "is for programs, and this is none", "remove it")
		}
	}
}

// checkInteractor refuses protocols that have no form for a program beside the submission.
func (s *checkerSetting) checkInteractor(m *yamlmap.Map) {
	if !s.protocol.Interacts() {
		m.Reject("interactor", fmt.Sprintf("cannot speak the protocol %s", s.protocol), "use testlib, kattis or exit-code")
	}
}

// list writes words of one kind as a list to choose from.
func list[T ~string](words []T) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = string(w)
	}
	return strings.Join(text, ", ")
}

// program finds the program that a setting names: a source file with what lies beside it and is no source, or
// a directory.
func (t *source) program(file string, at issue.Place, issues *issue.Findings) *problem.Validator {
	e := t.Entries[path.Clean(file)]
	if e == nil {
		issues.Reject(at.File, at.Line, fmt.Sprintf("%.80q is not there", file), "give the path of a source file below the package")
		return nil
	}
	v := t.sourceProgram(e)
	if v.Language == "" && !v.Build && !v.Run {
		issues.Reject(e.Path, 0, "is no program in one known language", "name the file of its source")
		return nil
	}
	return v
}

// sourceProgram is the program of a directory, or that of one source file with what lies beside it and is no source,
// such as headers.
func (t *source) sourceProgram(e *tree.Entry) *problem.Validator {
	if e.Dir {
		return t.validatorAt(e.Path, true)
	}
	v := &problem.Validator{Program: problem.Program{Path: e.Path, Files: []tree.File{t.AsFile(e, e.Base())}}}
	t.detect(&v.Program)
	for _, beside := range t.List(path.Dir(e.Path)) {
		if isHeader(beside) {
			v.Files = append(v.Files, t.AsFile(beside, beside.Base()))
		}
	}
	return v
}

// isHeader says whether a file may be included by a source beside it.
func isHeader(e *tree.Entry) bool {
	switch strings.ToLower(path.Ext(e.Path)) {
	case ".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".ipp", ".tpp":
		return !e.Dir
	}
	return false
}

// judges says whether gavel.yaml names what judges, in place of the package's own validator.
func (s settings) judges() bool { return s.checker != nil || s.interactor != nil }

// apply puts the checker and the interactor of gavel.yaml in the place of the package's own, and sets what else it says.
func (s settings) apply(p *problem.Problem, t *source, issues *issue.Findings) {
	s.applyPrograms(p, t, issues)
	p.InputFile, p.OutputFile = s.inputFile, s.outputFile
	for _, key := range []string{inputFileKey, outputFileKey} {
		switch k := p.Kind; {
		case s.mapping == nil || !s.mapping.Has(key):
		case k.Interactive, k.MultiPass, k.SubmitAnswer:
			s.mapping.Reject(key, "is for problems in which a submission runs alone, and once for each test case",
				"remove it: an interactive or multi-pass problem has standard streams, and a submit-answer problem runs nothing")
		case key == outputFileKey && !p.AllowFileWriting:
			s.mapping.Reject(key, "needs a problem whose submissions may write files", "write \"allow_file_writing: true\" in "+tree.MetadataFile)
		}
	}
}

// applyPrograms puts the checker and the interactor of gavel.yaml in the place of the package's own.
func (s settings) applyPrograms(p *problem.Problem, t *source, issues *issue.Findings) {
	if c := s.checker; c != nil && c.path != "" {
		if p.Validator = t.program(c.path, c.at, issues); p.Validator != nil {
			p.Validator.Protocol, p.Validator.PointsScale = c.protocol, c.scale
		}
	}
	s.refuseIdleComparison(p, issues)
	if s.interaction > 0 {
		p.Limits.InteractionOutput = s.interaction
	}
	i := s.interactor
	if i == nil {
		return
	}
	p.Kind.Interactive = true
	v := t.program(i.path, i.at, issues)
	if v == nil {
		return
	}
	v.Protocol, v.PointsScale = i.protocol, i.scale
	switch {
	case i.protocol != checker.Kattis:
		p.Interactor = v
	case s.checker != nil && s.checker.path == "": // said above
	case s.checker != nil:
		issues.Reject(i.at.File, i.at.Line, "an interactor of the protocol kattis judges alone", "remove the checker")
	default:
		p.Validator = v
	}
}

// refuseIdleComparison refuses a comparison that would never be made, since a program talks to the submission.
func (s settings) refuseIdleComparison(p *problem.Problem, issues *issue.Findings) {
	if s.checker == nil || s.checker.path != "" {
		return
	}
	at := s.checker.at
	switch {
	case s.interactor != nil:
		issues.Reject(at.File, at.Line, "checker.compare cannot stand beside interactor: the submission talks to that program, and leaves no output to compare",
			"remove checker, or give the path of one that judges what the interactor wrote")
	case p.Kind.Interactive:
		issues.Reject(at.File, at.Line, "checker.compare cannot stand beside an interactive problem, in which the output validator talks to the submission",
			"remove checker from "+tree.SettingsFile)
	case p.Kind.MultiPass:
		issues.Reject(at.File, at.Line, "checker.compare cannot stand beside a multi-pass problem, in which the output validator says what the next pass gets",
			"remove checker from "+tree.SettingsFile)
	}
}
