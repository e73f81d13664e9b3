package reader

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
)

// metadata is what problem.yaml says.
type metadata struct {
	format      problem.Format
	title       string
	kind        problem.Kind
	limits      problem.Limits
	resolution  bool     // a time_resolution that an explicit time limit must be a multiple of
	custom      bool     // a custom output validator is asked for
	scores      bool     // the validator gives scores
	domjudge    bool     // testdata.yaml is read by the rules of DOMjudge
	flags       []string // for every output validator
	flagsAt     issue.Place
	grading     []gradingChange // of problem.yaml, which outdo those of testdata.yaml
	languages   []string
	fileWriting bool
	constants   *tree.Constants
	minimise    bool // lower scores are better
}

// strict says whether the format refuses what older ones settle by taking the last.
func (m metadata) strict() bool { return m.format == problem.F2025 }

// readMetadata reads problem.yaml, or takes the defaults where DOMjudge's own file alone describes the problem.
func readMetadata(t *source, issues *issue.Findings) metadata {
	m := yamlmap.New(tree.MetadataFile, "", nil, issues)
	switch {
	case t.File(tree.MetadataFile) != nil:
		if m = t.ReadYAML(tree.MetadataFile, issues); m == nil {
			return metadata{format: problem.Legacy, limits: problem.DefaultLimits(problem.Legacy)}
		}
	case t.File(tree.DOMjudgeFile) == nil:
		issues.Reject(tree.MetadataFile, 0, "is missing", "add it; the least is a line \"name: ...\"")
	}
	format, ok := problem.ReadFormat(m)
	if !ok {
		return metadata{format: format, limits: problem.DefaultLimits(format)} // its keys mean nothing to us
	}
	var meta metadata
	if format.IsLegacy() {
		meta = readLegacy(m, format)
	} else {
		meta = readModern(m, format)
	}
	if format.IsLegacy() {
		m.PassOverForeign()
	}
	m.Done()
	return meta
}

// readLegacy reads the keys of the legacy formats.
func readLegacy(m *yamlmap.Map, format problem.Format) metadata {
	meta := metadata{format: format, fileWriting: true}
	meta.title = readTitle(m)
	meta.kind = readLegacyKind(m, format)
	readValidation(m, &meta)
	readFlags(m, &meta)
	readGrading(m, &meta)
	meta.limits = readLimits(m.Child("limits"), format, meta.kind)
	m.Ignore("uuid", "author", "credits", "source", "source_url", "license", "rights_owner", "rights", "keywords", "tags",
		"libraries", "languages", "version", "verified", "difficulty", "short-name", "short_name", "label", "color", "rgb",
		"externalid", "embargo_until", "statement", "event", "contest")
	return meta
}

// readModern reads the keys of 2025-09 and its drafts. The drafts' own keys are read in drafts only.
func readModern(m *yamlmap.Map, format problem.Format) metadata {
	draft := format == problem.Draft2023
	meta := metadata{format: format, fileWriting: draft, resolution: !draft}
	meta.title = readTitle(m)
	meta.kind = readKind(m)
	meta.languages = readLanguages(m)
	if allowed, ok := m.Boolean("allow_file_writing"); ok {
		meta.fileWriting = allowed
	}
	meta.constants = tree.ReadConstants(m.Child("constants"))
	m.Ignore("version", "credits", "source", "license", "rights_owner", "embargo_until", "keywords")
	if draft {
		readDraftKeys(m, &meta)
	} else {
		requireKeys(m, "name", "uuid")
	}
	m.Ignore("uuid")
	meta.limits = readLimits(m.Child("limits"), format, meta.kind)
	meta.scores = meta.scores || meta.kind.Scoring
	return meta
}

// readDraftKeys reads what the drafts had and 2025-09 has not.
func readDraftKeys(m *yamlmap.Map, meta *metadata) {
	readValidation(m, meta)
	readFlags(m, meta)
	readGrading(m, meta)
	m.Ignore("author", "source_url", "libraries", "run_samples")
}

// readFlags reads the arguments that problem.yaml gives to every output validator.
func readFlags(m *yamlmap.Map, meta *metadata) {
	if flags := m.Words("validator_flags"); fitsArguments(m, "validator_flags", flags) {
		meta.flags, meta.flagsAt = flags, m.At("validator_flags")
	}
}

func requireKeys(m *yamlmap.Map, keys ...string) {
	for _, key := range keys {
		if !m.Has(key) {
			m.Issues.Warn(m.File, 0, key+" is missing", "format 2025-09 asks for it")
		}
	}
}

// readTitle reads name: a string, or a map from language to string, of which English is preferred.
func readTitle(m *yamlmap.Map) string {
	node := m.Nodes["name"]
	if node == nil || node.Kind != yaml.MappingNode {
		title, _ := m.Text("name")
		return title
	}
	names := m.Child("name")
	title := ""
	for _, language := range names.Unread() {
		if name, ok := names.Text(language); ok && (title == "" || language == "en") {
			title = name
		}
	}
	return title
}

// readLanguages reads "all" or a list of language codes.
func readLanguages(m *yamlmap.Map) []string {
	codes, ok := m.TextOrSequence("languages")
	switch {
	case !ok, slices.Equal(codes, []string{"all"}):
		return nil
	case len(codes) == 0:
		m.Reject("languages", "is an empty list, which allows none", "list the allowed languages, or write all")
	}
	for _, code := range codes {
		if !knownLanguage(code) {
			m.Warn("languages", fmt.Sprintf("has %.40q, which is no language of the format", code), "use codes such as cpp, java and python3")
		}
	}
	return codes
}
