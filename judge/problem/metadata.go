package problem

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// metadata is what problem.yaml says.
type metadata struct {
	format      Format
	title       string
	kind        Kind
	limits      Limits
	resolution  bool     // a time_resolution that an explicit time limit must be a multiple of
	custom      bool     // a custom output validator is asked for
	scores      bool     // the validator gives scores
	domjudge    bool     // testdata.yaml is read by the rules of DOMjudge
	flags       []string // for every output validator
	flagsAt     place
	grading     []gradingChange // of problem.yaml, which outdo those of testdata.yaml
	languages   []string
	fileWriting bool
	constants   *Constants
	minimise    bool // lower scores are better
}

// strict says whether the format refuses what older ones settle by taking the last.
func (m metadata) strict() bool { return m.format == F2025 }

// readMetadata reads problem.yaml, or takes the defaults where DOMjudge's own file alone describes the problem.
func readMetadata(t *source, issues *findings) metadata {
	m := newMapping(metadataFile, "", nil, issues)
	switch {
	case t.file(metadataFile) != nil:
		if m = t.readYAML(metadataFile, issues); m == nil {
			return metadata{format: Legacy, limits: DefaultLimits(Legacy)}
		}
	case t.file(domjudgeFile) == nil:
		issues.reject(metadataFile, 0, "is missing", "add it; the least is a line \"name: ...\"")
	}
	format, ok := readFormat(m)
	if !ok {
		return metadata{format: format, limits: DefaultLimits(format)} // its keys mean nothing to us
	}
	var meta metadata
	if format.legacy() {
		meta = readLegacy(m, format)
	} else {
		meta = readModern(m, format)
	}
	if format.legacy() {
		m.passOverForeign()
	}
	m.done()
	return meta
}

// readLegacy reads the keys of the legacy formats.
func readLegacy(m *mapping, format Format) metadata {
	meta := metadata{format: format, fileWriting: true}
	meta.title = readTitle(m)
	meta.kind = readLegacyKind(m, format)
	readValidation(m, &meta)
	readFlags(m, &meta)
	readGrading(m, &meta)
	meta.limits = readLimits(m.child("limits"), format, meta.kind)
	m.ignore("uuid", "author", "credits", "source", "source_url", "license", "rights_owner", "rights", "keywords", "tags",
		"libraries", "languages", "version", "verified", "difficulty", "short-name", "short_name", "label", "color", "rgb",
		"externalid", "embargo_until", "statement", "event", "contest")
	return meta
}

// readModern reads the keys of 2025-09 and its drafts. The drafts' own keys are read in drafts only.
func readModern(m *mapping, format Format) metadata {
	draft := format == Draft2023
	meta := metadata{format: format, fileWriting: draft, resolution: !draft}
	meta.title = readTitle(m)
	meta.kind = readKind(m)
	meta.languages = readLanguages(m)
	if allowed, ok := m.boolean("allow_file_writing"); ok {
		meta.fileWriting = allowed
	}
	meta.constants = readConstants(m.child("constants"))
	m.ignore("version", "credits", "source", "license", "rights_owner", "embargo_until", "keywords")
	if draft {
		readDraftKeys(m, &meta)
	} else {
		requireKeys(m, "name", "uuid")
	}
	m.ignore("uuid")
	meta.limits = readLimits(m.child("limits"), format, meta.kind)
	meta.scores = meta.scores || meta.kind.Scoring
	return meta
}

// readDraftKeys reads what the drafts had and 2025-09 has not.
func readDraftKeys(m *mapping, meta *metadata) {
	readValidation(m, meta)
	readFlags(m, meta)
	readGrading(m, meta)
	m.ignore("author", "source_url", "libraries", "run_samples")
}

// readFlags reads the arguments that problem.yaml gives to every output validator.
func readFlags(m *mapping, meta *metadata) {
	if flags := m.words("validator_flags"); fitsArguments(m, "validator_flags", flags) {
		meta.flags, meta.flagsAt = flags, m.at("validator_flags")
	}
}

func requireKeys(m *mapping, keys ...string) {
	for _, key := range keys {
		if !m.has(key) {
			m.issues.warn(m.file, 0, key+" is missing", "format 2025-09 asks for it")
		}
	}
}

// readTitle reads name: a string, or a map from language to string, of which English is preferred.
func readTitle(m *mapping) string {
	node := m.nodes["name"]
	if node == nil || node.Kind != yaml.MappingNode {
		title, _ := m.text("name")
		return title
	}
	names := m.child("name")
	title := ""
	for _, language := range names.unread() {
		if name, ok := names.text(language); ok && (title == "" || language == "en") {
			title = name
		}
	}
	return title
}

// readLanguages reads "all" or a list of language codes.
func readLanguages(m *mapping) []string {
	codes, ok := m.textOrSequence("languages")
	switch {
	case !ok, slices.Equal(codes, []string{"all"}):
		return nil
	case len(codes) == 0:
		m.reject("languages", "is an empty list, which allows none", "list the allowed languages, or write all")
	}
	for _, code := range codes {
		if !knownLanguage(code) {
			m.warn("languages", fmt.Sprintf("has %.40q, which is no language of the format", code), "use codes such as cpp, java and python3")
		}
	}
	return codes
}
