package commandline_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/worker/commandline"
)

// grammar has what a command line can be made of.
type grammar struct {
	Format string `enum:"text,json" default:"text" help:"How to print. More about it."`
	Pack   struct {
		Push struct {
			Pin   bool     `negatable:"" help:"Pin it."`
			Out   string   `placeholder:"DIR" short:"o" help:"Where to."`
			Tests string   `placeholder:"PATTERN" aliases:"only" help:"Which."`
			Kinds []string `placeholder:"KIND" help:"Of these."`
			Old   bool     `hidden:""`
			Files []string `arg:"" name:"file"`
		} `cmd:"" help:"Push packages. They are kept."`
		List struct {
			Name string `arg:"" name:"name"`
		} `cmd:"" help:"List them."`
	} `cmd:"" help:"Packages."`
	Herd struct {
		Count struct {
			Kind string `placeholder:"KIND" help:"Only these."`
		} `cmd:"" default:"withargs" help:"Count them."`
		Feed struct{} `cmd:"" help:"Feed them."`
	} `cmd:"" help:"Herds."`
	Help struct {
		Command []string `arg:"" name:"command"`
	} `cmd:"" help:"Help."`
	Secret struct{} `cmd:"" hidden:""`
}

func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(&grammar{}, kong.Name("gavel"))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func TestFlagsFirst(t *testing.T) {
	t.Parallel()
	app := model(t)
	for line, want := range map[string]string{
		"":                                "",
		"pack push a b":                   "pack push a b",
		"pack push a --pin b":             "pack push --pin a b",
		"pack push a --no-pin b":          "pack push --no-pin a b",
		"pack push a --tests x b -o y c":  "pack push --tests x -o y a b c",
		"pack push a --only x b":          "pack push --only x a b",
		"pack push a --tests=x b":         "pack push --tests=x a b",
		"pack push a --tests push b":      "pack push --tests push a b",
		"pack push push --format json b":  "pack push --format json push b",
		"--format json pack push a --pin": "--format json pack push --pin a",
		"pack push - --pin b":             "pack push --pin - b",
		"pack push a --pin b -- --tests":  "pack push --pin -- a b --tests",
		"pack push -- a --pin":            "pack push -- a --pin",
		"pack push a --unknown b --pin":   "pack push a --unknown b --pin",
		"pack push a --tests":             "pack push --tests a", // kong misses the value
		"pack puhs a --format json b":     "pack --format json puhs a b",
	} {
		if got := strings.Join(commandline.FlagsFirst(app, strings.Fields(line)), " "); got != want {
			t.Errorf("FlagsFirst(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	app := model(t)
	known := commandline.Values{"kinds": {{Word: "cat"}, {Word: "cow", Help: "gives milk"}, {Word: "dog"}}}
	for _, tt := range []struct {
		line  string // a last blank begins a new word
		want  []commandline.Candidate
		files commandline.Files
	}{
		{"", []commandline.Candidate{{"pack", "Packages"}, {"herd", "Herds"}, {"help", "Help"}}, commandline.NoFiles},
		{"pa", []commandline.Candidate{{"pack", "Packages"}}, commandline.NoFiles},
		{"pack p", []commandline.Candidate{{"push", "Push packages"}}, commandline.NoFiles},
		{"pack push --p", []commandline.Candidate{{"--pin", "Pin it"}}, commandline.NoFiles},
		{"pack push --no", []commandline.Candidate{{"--no-pin", "Pin it"}}, commandline.NoFiles},
		{"pack push --o", []commandline.Candidate{{"--out", "Where to"}}, commandline.NoFiles}, // neither what is hidden nor other names
		{"pack push a --f", []commandline.Candidate{{"--format", "How to print"}}, commandline.NoFiles},
		{"pack push --format j", []commandline.Candidate{{"json", ""}}, commandline.NoFiles},
		{"pack push --format=j", []commandline.Candidate{{"--format=json", ""}}, commandline.NoFiles},
		{"pack push --unknown=j", nil, commandline.NoFiles},
		{"pack push --kinds co", []commandline.Candidate{{"cow", "gives milk"}}, commandline.NoFiles},
		{"pack push --kinds dog,c", []commandline.Candidate{{"dog,cat", ""}, {"dog,cow", "gives milk"}}, commandline.NoFiles},
		{"pack push --kinds=dog,d", []commandline.Candidate{{"--kinds=dog,dog", ""}}, commandline.NoFiles},
		{"pack push --out ", nil, commandline.Directories},
		{"pack push --out=x", nil, commandline.Directories},
		{"pack push --tests ", nil, commandline.NoFiles},
		{"pack push ", nil, commandline.AnyFiles},
		{"pack push a b", nil, commandline.AnyFiles},
		{"pack push -- --p", nil, commandline.AnyFiles},
		{"pack list ", nil, commandline.NoFiles},
		{"pack list a ", nil, commandline.NoFiles},
		{"herd --k", []commandline.Candidate{{"--kind", "Only these"}}, commandline.NoFiles},
		{"herd f", []commandline.Candidate{{"feed", "Feed them"}}, commandline.NoFiles},
		{"help pa", []commandline.Candidate{{"pack", "Packages"}}, commandline.NoFiles},
		{"help pack l", []commandline.Candidate{{"list", "List them"}}, commandline.NoFiles},
		{"help nothing ", nil, commandline.NoFiles},
	} {
		got, files := commandline.Complete(app, strings.Split(tt.line, " "), known)
		if diff := cmp.Diff(tt.want, got); diff != "" || files != tt.files {
			t.Errorf("Complete(%q) mismatch (-want +got), files %s, want %s:\n%s", tt.line, files, tt.files, diff)
		}
	}
}

func TestManualPage(t *testing.T) {
	t.Parallel()
	app := model(t)
	push := commandline.Find(app, []string{"pack", "push"})
	push.Detail = "First line.\n\n    as it stands\n     here\n\nExamples:\n\n    gavel pack push -o x \\\n        'a'"
	manual := commandline.Manual{
		Version: "v1", About: "A program. It packs.", ExitStatus: [][2]string{{"0", "done"}},
		Format: func(v *kong.Value) string { return "." + v.Help },
	}
	const want = `.TH "GAVEL\-PACK\-PUSH" "1" "" "gavel v1" "Gavel manual"
.SH NAME
gavel\-pack\-push \- Push packages
.SH SYNOPSIS
.B gavel pack push
<file> ... [flags]
.SH DESCRIPTION
.PP
Push packages. They are kept.
.PP
First line.
.PP
.nf
.RS 4
as it stands
 here
.RE
.fi
.SH ARGUMENTS
.TP
.B <file> ...
\&.
.SH OPTIONS
.TP
.B \-h, \-\-help
\&.Show context\-sensitive help.
.TP
.B \-\-format=\(dqtext\(dq
\&.How to print. More about it.
.TP
.B \-\-[no\-]pin
\&.Pin it.
.TP
.B \-o, \-\-out=DIR
\&.Where to.
.TP
.B \-\-tests=PATTERN
\&.Which.
.TP
.B \-\-kinds=KIND,...
\&.Of these.
.SH EXAMPLES
.PP
.nf
.RS 4
gavel pack push \-o x \e
    \(aqa\(aq
.RE
.fi
.SH EXIT STATUS
.TP
.B 0
done
.SH SEE ALSO
gavel(1)
`
	if diff := cmp.Diff(commandline.Page{Name: "gavel-pack-push.1", Text: want}, manual.Page(push)); diff != "" {
		t.Errorf("Page(pack push) mismatch (-want +got):\n%s", diff)
	}
	var names []string
	for _, page := range manual.Pages(app) {
		names = append(names, page.Name)
	}
	if diff := cmp.Diff([]string{"gavel.1", "gavel-pack-push.1", "gavel-pack-list.1", "gavel-herd-count.1", "gavel-herd-feed.1", "gavel-help.1"}, names); diff != "" {
		t.Errorf("Pages() mismatch (-want +got):\n%s", diff)
	}
}
