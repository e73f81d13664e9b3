package reader_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/configs/schemas"
	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// TestSettingsSchema holds the schema of gavel.yaml to what is read: both take a package, or neither does.
func TestSettingsSchema(t *testing.T) {
	schema := schematest.Schema(t, "gavel.json")
	more := files{"files/val.cpp": "", "interact.cpp": "", "s/a.cpp": ""}
	for text, sound := range map[string]bool{
		"": true,
		"name: x\ntime_limit: 2\nmemory_limit: 64\noutput_limit: 1\nlanguages: [cpp]\nvalidator: files/val.cpp": true,
		"tests: {input: 'tests/*', answer: 'tests/*.a'}\nsamples: ['01', 2]":                                    true,
		"checker: check.cpp\ninteractor: interact.cpp":                                                          true,
		"checker: {path: check.cpp, protocol: cms, points_scale: percent, args: [1, a]}":                        true,
		"checker: {compare: tokens}":                                                                            true,
		"checker: {compare: floats, args: [tolerance=1e-3]}":                                                    true,
		"interactor: {path: interact.cpp, protocol: exit-code}":                                                 true,
		"points: 10.5": true,
		"groups: [{name: a, points: 5, tests: '*', scoring: sum}]":                                                      true,
		"groups: [{name: a, points: 5, tests: ['01', 2]}, {name: b, points: 0, tests: '*', scoring: min, requires: a}]": true,
		"solutions: {'s/*': [AC, WA], check.cpp: {verdict: PAC, score: 5}}":                                             true,

		"tests: {input: 'tests/*', answer: 'tests/*.a', names: [10, 2]}": true,
		"tests: {input: 'tests/*', answer: 'tests/*.a', names: 10}":      true,
		"include: {cpp: s/a.cpp, default: [files/val.cpp]}":              true,
		"validator: [files/val.cpp, check.cpp]":                          true,
		"solutions: {s/a.cpp: {verdict: main, language: cpp}}":           true,
		"include: [s/a.cpp]": false,
		"solutions: {s/a.cpp: {verdict: AC, language: [c]}}":     false,
		"input_file: input.txt":                                  true,
		"input_file: a.in\noutput_file: a.out":                   true,
		"input_file: ../input.txt":                               false,
		"input_file: .in":                                        false,
		"output_file: [a]":                                       false,
		"timelimit: 2":                                           false,
		"time_limit: 0":                                          false,
		"time_limit: soon":                                       false,
		"memory_limit: 1.5":                                      false,
		"output_limit: 65537":                                    false,
		"tests: {input: 'tests/*'}":                              false,
		"tests: {input: a, answer: b}":                           false,
		"checker: {}":                                            false,
		"checker: [check.cpp]":                                   false,
		"checker: {protocol: cms}":                               false,
		"checker: {path: check.cpp, x: 5}":                       false,
		"checker: {path: check.cpp, protocol: guess}":            false,
		"checker: {path: check.cpp, points_scale: 5}":            false,
		"checker: {path: check.cpp, compare: tokens}":            false,
		"checker: {compare: tokens, protocol: cms}":              false,
		"interactor: {path: interact.cpp, protocol: cms}":        false,
		"interactor: interact.cpp\nchecker: {compare: tokens}":   false,
		"interactor: interact.cpp\nchecker: {path: check.cpp}":   true,
		"interactor: {compare: tokens}":                          false,
		"points: -1":                                             false,
		"groups: {a: 5}":                                         false,
		"groups: [{name: a, points: 5}]":                         false,
		"groups: [{points: 5, tests: '*'}]":                      false,
		"groups: [{name: a/b, points: 5, tests: '*'}]":           false,
		"groups: [{name: a, points: 5, tests: '*', scoring: x}]": false,
		"groups: [{name: a, points: 5, tests: '*', max: 1}]":     false,
		"solutions: [s/a.cpp]":                                   false,
		"solutions: {s/a.cpp: {verdict: AC, points: 5}}":         false,
		"grading_dialect: guess":                                 false,
	} {
		var value any
		must(t, yaml.Unmarshal([]byte(text), &value))
		bySchema := schema.Validate(value)
		p, byReader := reader.Load(polygon(text).with(more).write(t), reader.Options{})
		if (bySchema == nil) != sound || (byReader == nil) != sound {
			t.Errorf("%s\nis sound: %t\nschema: %v\nreader: %v", text, sound, bySchema, byReader)
		}
		if p != nil {
			must(t, p.Close())
		}
	}
}

// TestSchemaNamesWords finds in the schema each word that a key takes.
func TestSchemaNamesWords(t *testing.T) {
	text, err := schemas.Files.ReadFile("gavel.json")
	must(t, err)
	var words []string
	for _, p := range checker.Protocols() {
		words = append(words, string(p))
	}
	for _, s := range checker.PointsScales() {
		words = append(words, string(s))
	}
	for _, word := range words {
		if !strings.Contains(string(text), `"`+word+`"`) {
			t.Errorf("the schema does not know %s", word)
		}
	}
}
