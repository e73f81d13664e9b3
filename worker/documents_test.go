package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/worker/commandline"
	"github.com/gaveloj/gavel/worker/terminal"
)

// document is a text whose commands people type. All of README.md and configs/docs are tested: see documents.
type document struct {
	path   string
	prose  string // all but the blocks, with as many lines
	blocks []documentBlock
	spans  []documentBlock // what stands between backquotes and begins with one of documentPrograms
}

// documentBlock is a fenced block, or a span of code within a sentence.
type documentBlock struct {
	line     int    // of its first line
	language string // sh, text, json and so on
	subject  string // the second word behind the fence: a schema, or a file
	text     string
}

// documentPrograms are those that documents name to be run, beside the blocks in which anything may be.
var documentPrograms = []string{
	"apt", "apt-get", "chgrp", "chmod", "configs/setup.sh", "curl", "df", "dmesg", "docker", "docker-compose", "du", "gavel", "go", "journalctl", "lscpu",
	"make", "nats", "nats-server", "pip", "pip3", "promtool", "ps", "python3", "setsid", "sudo", "systemctl", "taskset",
}

// notRun are the commands that the test does not run, by how they begin, and why. Each of them has to occur in a document.
var notRun = map[string]string{
	"make ":                                "a target of the Makefile that .ci/run or a test of its own runs; TestDocuments looks that it is there",
	"gavel serve --problems /srv/problems": "needs an outside NATS server",
	"gavel cancel ":                        "needs a submission that runs; testdata/kernel/kill.txtar and others cancel",
	"apt-get ":                             "changes the host; make test-systemd installs, upgrades, removes and purges the package in a virtual machine",
	"gavel bench":                          "takes two minutes of an idle host; worker/bench has tests",
	"gavel man COMMAND | man -l -":         "man may be missing; testdata/script/help.txtar prints the page",
	"gavel completion bash":                "testdata/script/completion.txtar and worker/commandline run it in real shells",
	"taskset ":                             "would stay behind",
	"lscpu":                                "may be missing",
	"ps axf":                               "may be missing",
	"go run ./queue/client/examples":       "testdata/kernel/examples.txtar runs the examples",
	"go test ":                             "runs tests within this one",
	"systemctl ":                           "needs systemd; make test-systemd runs the unit in a virtual machine",
	"journalctl ":                          "needs systemd",
	"docker-compose ":                      "needs images; TestCompose runs the file",
	"nats object add ":                     "needs the nats command line, of which the test has what publishes, asks and reads alone",
	"nats stream edit":                     "the same",
	"nats stream purge ":                   "the same",
	"nats stream subjects ":                "the same",
	"nats kv purge":                        "the same",
	"nats micro stats ":                    "the same",
	"pip install ":                         "needs a registry",
	"setsid gavel serve":                   "would stay behind",
	"chgrp staff ":                         "needs that group",
}

// documents reads README.md and configs/docs.
func documents(t *testing.T) []document {
	t.Helper()
	paths, err := filepath.Glob("../configs/docs/*.md")
	if err != nil || len(paths) < 4 {
		t.Fatalf("documents: %q, %v", paths, err)
	}
	var all []document
	for _, path := range append([]string{"../README.md"}, paths...) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, readDocument(t, path, string(data)))
	}
	return all
}

// readDocument finds the blocks and spans of a document.
func readDocument(t *testing.T, path, text string) document {
	t.Helper()
	d := document{path: strings.TrimPrefix(path, "../")}
	var open *documentBlock
	var prose strings.Builder
	for i, line := range strings.Split(text, "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &documentBlock{line: i + 2}
			open.language, open.subject, _ = strings.Cut(info, " ")
		case fence:
			d.blocks, open = append(d.blocks, *open), nil
		case open != nil:
			open.text += line + "\n"
		default:
			prose.WriteString(line)
		}
		prose.WriteString("\n")
	}
	if open != nil {
		t.Errorf("%s:%d: the block has no end", d.path, open.line)
	}
	d.prose = prose.String()
	for _, found := range regexp.MustCompile("`[^`]+`").FindAllStringIndex(d.prose, -1) {
		span := strings.Join(strings.Fields(strings.Trim(d.prose[found[0]:found[1]], "`")), " ")
		if program, _, several := strings.Cut(span, " "); several && slices.Contains(documentPrograms, program) {
			d.spans = append(d.spans, documentBlock{line: 1 + strings.Count(d.prose[:found[0]], "\n"), text: span})
		}
	}
	return d
}

// reasonNotRun is the entry of notRun that a command begins with, or "".
func reasonNotRun(command string) string {
	for prefix := range notRun {
		if strings.HasPrefix(command, prefix) {
			return prefix
		}
	}
	return ""
}

// TestDocuments holds what needs no containers: each block is of a kind that is checked somewhere, what is listed in notRun
// occurs, metrics and targets of the Makefile are there, and so are commands and flags where a sentence mentions them without arguments.
func TestDocuments(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := os.ReadFile("../metrics/names.go")
	if err != nil {
		t.Fatal(err)
	}
	unused, checked := maps.Clone(notRun), map[string]bool{}
	for _, d := range documents(t) {
		for _, name := range regexp.MustCompile(`judge_[a-z_]+`).FindAllString(d.prose, -1) {
			if name != "judge_message" && !bytes.Contains(metrics, []byte(`"`+name+`"`)) { // that is a field of verdicts
				t.Errorf("%s: there is no metric %s", d.path, name)
			}
		}
		commands := slices.Clone(d.spans)
		for _, block := range d.blocks {
			if block.language == "sh" {
				for line := range strings.Lines(block.text) {
					commands = append(commands, documentBlock{line: block.line, text: strings.TrimSpace(line)})
				}
				continue
			}
			if err := checkBlock(block); err != nil {
				t.Errorf("%s:%d: %v", d.path, block.line, err)
			}
		}
		for _, command := range commands {
			delete(unused, reasonNotRun(command.text))
			if target, is := strings.CutPrefix(command.text, "make "); is && !bytes.Contains(makefile, []byte("\n"+strings.Fields(target)[0]+":")) {
				t.Errorf("%s:%d: the Makefile has no target %s", d.path, command.line, target)
			}
		}
		for _, span := range d.spans {
			if checked[span.text] {
				continue
			}
			checked[span.text] = true
			if err := checkMention(t, span.text); err != nil {
				t.Errorf("%s:%d: %s: %v", d.path, span.line, span.text, err)
			}
		}
	}
	for prefix := range unused {
		t.Errorf("no command of a document begins with %q, which is not run", prefix)
	}
}

// checkBlock holds a block that is no command to what its fence says: a schema for JSON and YAML, for a program the file that has
// it.
func checkBlock(block documentBlock) error {
	switch block.language {
	case "text":
		return nil // after commands it is compared with what they print
	case "json", "yaml":
		schema, err := schematest.Load(block.subject)
		if err != nil {
			return err
		}
		if block.language == "yaml" {
			var value any
			if err := yaml.Unmarshal([]byte(block.text), &value); err != nil {
				return err
			}
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			block.text = string(text)
		}
		values := json.NewDecoder(strings.NewReader(block.text))
		for values.More() {
			var value json.RawMessage
			if err := values.Decode(&value); err != nil {
				return err
			}
			if err := schematest.Validate(schema, value); err != nil {
				return err
			}
		}
		return nil
	case "python", "go":
		data, err := os.ReadFile(filepath.Join("..", block.subject))
		if err == nil && !strings.Contains(string(data), block.text) {
			err = fmt.Errorf("%s has other lines", block.subject)
		}
		return err
	}
	return fmt.Errorf("block of the kind %q: nothing checks it", block.language)
}

// checkMention looks at a command in a sentence: it and its flags are there. Its arguments may be left out.
func checkMention(t *testing.T, text string) error {
	t.Helper()
	if !strings.HasPrefix(text, "gavel ") || parses(t, text) {
		return nil
	}
	parser, err := newParser(&cli{}, &terminal.Output{Stdout: io.Discard, Stderr: io.Discard}, &helpPrinter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(true) {
		if text != command.FullPath() && !strings.HasPrefix(text, command.FullPath()+" ") {
			continue
		}
		known := map[string]bool{}
		for _, flag := range slices.Concat(command.AllFlags(false)...) {
			known["--"+flag.Name] = true
		}
		for word := range strings.FieldsSeq(text) {
			if name, _, _ := strings.Cut(word, "="); strings.HasPrefix(name, "--") && !known[name] {
				return fmt.Errorf("has no flag %s", name)
			}
		}
		return nil
	}
	for _, node := range parser.Model.Children {
		if text == node.FullPath() {
			return nil // gavel problem, gavel dead
		}
	}
	return errors.New("there is no such command")
}

// parses reports whether a command in a sentence is whole, so that it can be run.
func parses(t *testing.T, text string) bool {
	t.Helper()
	parser, err := newParser(&cli{}, &terminal.Output{Stdout: io.Discard, Stderr: io.Discard}, &helpPrinter{})
	if err != nil {
		t.Fatal(err)
	}
	parser.Exit = func(int) {}
	_, err = parser.Parse(commandline.FlagsFirst(parser.Model, shellWords(text)[1:]))
	return err == nil
}
