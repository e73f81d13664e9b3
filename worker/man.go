package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/judge/suggest"
	"github.com/gaveloj/gavel/worker/commandline"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/version"
)

// manCmd writes manual pages.
type manCmd struct {
	Out     string   `help:"Write the pages of gavel and of every command into DIR, for man -M or a package." placeholder:"DIR"`
	Command []string `arg:"" optional:"" help:"The command; gavel itself if not given." name:"command"`
}

func (c manCmd) Run(parser *kong.Kong, out *terminal.Output) error {
	manual := commandline.Manual{Version: version.Read().Version, About: aboutGavel + "\n\n" + precedence, ExitStatus: exitCodes(), Format: helpWithDefault}
	if c.Out == "" {
		node := commandline.Find(parser.Model, c.Command)
		if node == nil {
			name := strings.Join(c.Command, " ")
			return exit.Usage(fmt.Errorf("unknown command %s; %s", name, suggest.Name(name, commandNames(parser.Model))))
		}
		_, err := out.Write([]byte(manual.Page(node).Text))
		return err
	}
	if len(c.Command) > 0 {
		return exit.Usage(errors.New("--out writes the pages of every command; leave the command out"))
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	pages := manual.Pages(parser.Model)
	for _, page := range pages {
		if err := os.WriteFile(filepath.Join(c.Out, page.Name), []byte(page.Text), 0o644); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	out.Notef("%s in %s", terminal.Plural(len(pages), "page"), c.Out)
	return nil
}

// commandNames are the commands as they are written behind gavel.
func commandNames(app *kong.Application) []string {
	var names []string
	for _, command := range app.Leaves(true) {
		names = append(names, command.Path())
	}
	return names
}
