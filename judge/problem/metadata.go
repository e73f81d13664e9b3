package problem

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const metadataFile = "problem.yaml"

// metadata is what problem.yaml says.
type metadata struct {
	format      Format
	title       string
	limits      Limits
	resolution  bool     // a time_resolution that an explicit time limit must be a multiple of
	custom      bool     // a custom output validator is asked for
	flags       []string // for every output validator
	languages   []string
	fileWriting bool
}

// readMetadata reads problem.yaml, or takes the defaults where DOMjudge's own file alone describes the problem.
func readMetadata(t *tree, issues *findings) metadata {
	m := newMapping(metadataFile, "", nil, issues)
	switch {
	case t.file(metadataFile) != nil:
		if m = t.readYAML(metadataFile, issues); m == nil {
			return metadata{format: Legacy, limits: defaultLimits(Legacy)}
		}
	case t.file(domjudgeFile) == nil:
		issues.reject(metadataFile, 0, "is missing", "add it; the least is a line \"name: ...\"")
	}
	format, ok := readFormat(m)
	if !ok {
		return metadata{format: format, limits: defaultLimits(format)} // its keys mean nothing to us
	}
	var meta metadata
	if format.legacy() {
		meta = readLegacy(m, format)
	} else {
		meta = readModern(m, format)
	}
	m.done()
	return meta
}

// readFormat reads problem_format_version.
func readFormat(m *mapping) (Format, bool) {
	version, given := m.text("problem_format_version")
	switch version {
	case "legacy":
		return Legacy, true
	case "legacy-icpc":
		return LegacyICPC, true
	case "2023-07", "2023-07-draft":
		return Draft2023, true
	case "2025-09", "2025-09-draft", "draft":
		return F2025, true
	}
	if !given && !m.has("problem_format_version") {
		return Legacy, true
	}
	if given {
		m.reject("problem_format_version", fmt.Sprintf("%q is not known", version),
			"use legacy, legacy-icpc, 2023-07 or 2025-09")
	}
	return Legacy, false
}

// readLegacy reads the keys of the legacy formats.
func readLegacy(m *mapping, format Format) metadata {
	meta := metadata{format: format, fileWriting: true}
	meta.title = readTitle(m)
	if kind, ok := m.text("type"); ok {
		checkType(m, []string{kind})
	}
	meta.limits = readLimits(m.child("limits"), format)
	meta.custom = readValidation(m)
	meta.flags = m.words("validator_flags")
	readGrading(m.child("grading"))
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
	if kinds, ok := m.textOrSequence("type"); ok {
		checkType(m, kinds)
	}
	meta.limits = readLimits(m.child("limits"), format)
	meta.languages = readLanguages(m)
	if allowed, ok := m.boolean("allow_file_writing"); ok {
		meta.fileWriting = allowed
	}
	if constants := m.child("constants"); len(constants.keys) > 0 {
		m.issues.need("constants")
	}
	m.ignore("version", "credits", "source", "license", "rights_owner", "embargo_until", "keywords")
	if draft {
		readDraftKeys(m, &meta)
	} else {
		requireKeys(m, "name", "uuid")
	}
	m.ignore("uuid")
	return meta
}

// readDraftKeys reads what the drafts had and 2025-09 has not.
func readDraftKeys(m *mapping, meta *metadata) {
	meta.custom = readValidation(m)
	meta.flags = m.words("validator_flags")
	readGrading(m.child("grading"))
	m.ignore("author", "source_url", "libraries", "run_samples")
}

func requireKeys(m *mapping, keys ...string) {
	for _, key := range keys {
		if !m.has(key) {
			m.issues.reject(m.file, 0, key+" is missing", "format 2025-09 asks for it")
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
	for _, language := range slices.Clone(names.keys) {
		if name, ok := names.text(language); ok && (title == "" || language == "en") {
			title = name
		}
	}
	return title
}

// checkType notes the kinds of problems that are not judged yet.
func checkType(m *mapping, kinds []string) {
	for i, kind := range kinds {
		switch kind {
		case "pass-fail":
		case "scoring", "interactive", "multi-pass", "submit-answer":
			m.issues.need(kind + " problems")
		default:
			m.reject("type", fmt.Sprintf("%q is not known", kind), "use pass-fail")
		}
		if slices.Contains(kinds[:i], kind) {
			m.reject("type", fmt.Sprintf("has %q twice", kind), "remove one")
		}
	}
	if len(kinds) == 0 {
		m.reject("type", "is an empty list", "use pass-fail")
	}
	if slices.Contains(kinds, "pass-fail") && slices.Contains(kinds, "scoring") {
		m.reject("type", "cannot be both pass-fail and scoring", "choose one")
	}
}

// readValidation reads "default" or "custom" with what may follow it, and says whether it is custom.
func readValidation(m *mapping) bool {
	words := m.words("validation")
	if len(words) == 0 || slices.Equal(words, []string{"default"}) {
		return false
	}
	if !slices.Contains(words, "custom") || slices.Contains(words, "default") {
		m.reject("validation", fmt.Sprintf("%q is not known", strings.Join(words, " ")), "use default or custom")
		return false
	}
	for _, word := range words {
		switch word {
		case "custom":
		case "score":
			m.issues.need("scoring problems")
		case "interactive", "multi-pass":
			m.issues.need(word + " problems")
		default:
			m.reject("validation", fmt.Sprintf("has the unknown word %q", word),
				"after custom, only score, interactive and multi-pass are known")
		}
	}
	return true
}

// readGrading reads what the legacy formats say of scores. None of it matters to a pass-fail problem.
func readGrading(m *mapping) {
	if custom, _ := m.boolean("custom_scoring"); custom {
		m.issues.need("scoring problems")
	}
	m.ignore("objective", "show_test_data_groups", "accept_score", "reject_score", "range", "on_reject")
	m.done()
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
	return codes
}
