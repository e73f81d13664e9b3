package commandline

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Manual is what the manual pages need beside the grammar.
type Manual struct {
	Version string // of gavel, for the foot of each page
	About   string // gavel itself: paragraphs
	// ExitStatus tells each exit code and what it means.
	ExitStatus [][2]string
	// Format makes the text of a flag or an argument, as in --help.
	Format kong.HelpValueFormatter
}

// Page is a manual page in the language of man(7).
type Page struct {
	Name string // of the file, such as gavel-submit.1
	Text string
}

// Pages are those of gavel and of each command, in the order of --help.
func (m Manual) Pages(app *kong.Application) []Page {
	pages := []Page{m.Page(app.Node)}
	for _, command := range app.Leaves(true) {
		pages = append(pages, m.Page(command))
	}
	return pages
}

// Page is that of a command, of a group of commands, or of gavel.
func (m Manual) Page(node *kong.Node) Page {
	title := pageName(node)
	var r roff
	r.line(`.TH "%s" "1" "" "%s" "Gavel manual"`, strings.ToUpper(escape(title)), escape("gavel "+m.Version))
	about := node.Help
	if node.Parent == nil {
		about = m.About // without the exit codes, which have a section of their own
	}
	description, examples, _ := strings.Cut(node.Detail, "Examples:\n")
	r.section("NAME")
	r.text(title + " - " + firstSentence(about))
	m.synopsis(&r, node)
	r.section("DESCRIPTION")
	r.paragraphs(about)
	r.paragraphs(description)
	m.arguments(&r, node)
	m.commands(&r, node)
	m.flags(&r, node)
	if examples != "" {
		r.section("EXAMPLES")
		r.paragraphs("\n" + strings.TrimLeft(examples, "\n"))
	}
	r.section("EXIT STATUS")
	for _, code := range m.ExitStatus {
		r.item(code[0], code[1])
	}
	m.seeAlso(&r, node)
	return Page{Name: title + ".1", Text: r.String()}
}

// pageName is what the page of a command is called: gavel-problem-push.
func pageName(node *kong.Node) string { return strings.ReplaceAll(node.FullPath(), " ", "-") }

func (m Manual) synopsis(r *roff, node *kong.Node) {
	r.section("SYNOPSIS")
	called := node.FullPath()
	r.line(".B %s", escape(called))
	rest := strings.TrimSpace(strings.TrimPrefix(node.FullPath()+strings.TrimPrefix(node.Summary(), node.Path()), called))
	if node.Parent == nil {
		rest = "<command> [flags]"
	}
	r.text(rest)
}

func (m Manual) arguments(r *roff, node *kong.Node) {
	if len(node.Positional) == 0 {
		return
	}
	r.section("ARGUMENTS")
	for _, argument := range node.Positional {
		r.item(argument.Summary(), m.Format(argument))
	}
}

// commands are those below one, under the headings of --help.
func (m Manual) commands(r *roff, node *kong.Node) {
	if len(node.Children) == 0 {
		return
	}
	r.section("COMMANDS")
	heading := ""
	for _, command := range node.Leaves(true) {
		if group := command.ClosestGroup(); group != nil && group.Title != heading && node.Parent == nil {
			heading = group.Title
			r.line(".SS %s", escape(strings.TrimSuffix(heading, ":")))
		}
		r.item(command.Path(), command.Help)
	}
}

// flags are those of a command under their headings, its own first.
func (m Manual) flags(r *roff, node *kong.Node) {
	r.section("OPTIONS")
	var headings []string
	under := map[string][]*kong.Flag{"": nil}
	for _, flag := range flagsOf(node, true) {
		heading := ""
		if flag.Group != nil {
			heading = strings.TrimSuffix(flag.Group.Title, ":")
		}
		if _, ok := under[heading]; !ok {
			headings = append(headings, heading)
		}
		under[heading] = append(under[heading], flag)
	}
	for _, heading := range append([]string{""}, headings...) {
		if heading != "" {
			r.line(".SS %s", escape(heading))
		}
		for _, flag := range under[heading] {
			r.item(flagSummary(flag), m.Format(flag.Value))
		}
	}
}

// flagSummary is a flag with its letter and its value.
func flagSummary(flag *kong.Flag) string {
	summary := flag.Summary()
	if flag.Tag.Negatable != "" {
		summary = "--[no-]" + flag.Name
	}
	if flag.Short != 0 {
		summary = "-" + string(flag.Short) + ", " + summary
	}
	return summary
}

func (m Manual) seeAlso(r *roff, node *kong.Node) {
	r.section("SEE ALSO")
	var pages []string
	if node.Parent == nil {
		for _, command := range node.Leaves(true) {
			pages = append(pages, pageName(command)+"(1)")
		}
	} else {
		pages = []string{"gavel(1)"}
	}
	r.text(strings.Join(pages, ", "))
}

// roff writes the language of man(7).
type roff struct{ strings.Builder }

func (r *roff) line(format string, args ...any) { fmt.Fprintf(r, format+"\n", args...) }

func (r *roff) section(name string) { r.line(".SH %s", name) }

// text is a line that is filled and wrapped.
func (r *roff) text(text string) { r.line("%s", protect(escape(text))) }

// item is a term with its text behind.
func (r *roff) item(term, text string) {
	r.line(".TP")
	r.line(".B %s", escape(term))
	r.text(text)
}

// paragraphs writes text as --help shows it: paragraphs with empty lines between, those that are indented as they stand.
func (r *roff) paragraphs(text string) {
	for paragraph := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		if strings.TrimSpace(paragraph) == "" {
			continue
		}
		r.line(".PP")
		if !strings.HasPrefix(paragraph, " ") {
			r.text(strings.Join(strings.Fields(paragraph), " "))
			continue
		}
		r.line(".nf\n.RS 4")
		for line := range strings.Lines(paragraph) {
			r.text(strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "    "))
		}
		r.line(".RE\n.fi")
	}
}

// escape makes of a text what prints it: dashes that can be copied, and no escape sequences but these.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(text)
}

// protect keeps a line that begins like a request from being one.
func protect(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}
