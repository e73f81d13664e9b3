package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	_ "github.com/gaveloj/gavel/sandbox/container/hook" // this binary is also the container server
	"github.com/gaveloj/gavel/worker/commandline"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/serve"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/terminal"
)

func main() {
	// Containers run as users of their own, and read what the worker writes with modes that say so. What is private
	// has a private mode.
	syscall.Umask(0o022)
	os.Exit(run(os.Args[1:]))
}

// run parses the command line, runs the command and says what went wrong.
func run(args []string) int {
	// A command whose output nobody reads any more ends as if it was interrupted, and leaves nothing: see Output.Unread. The
	// signal itself, if nobody asked for it, would end the process at once.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case slices.Equal(args, []string{"--version"}):
		args = []string{"version"}
	}
	out := terminal.New()
	var grammar cli
	help := &helpPrinter{columns: out.Columns}
	parser, err := newParser(&grammar, out, help)
	if err != nil {
		panic("command line grammar: " + err.Error())
	}
	command, err := parser.Parse(commandline.FlagsFirst(parser.Model, args))
	switch {
	case out.Err() != nil: // while it printed help
		return printError(out.Err())
	case err != nil && isCommandGroup(args, err):
		return run(append(args, "--help"))
	case err != nil:
		return printUsageError(err)
	}
	out.JSON = grammar.Format == "json"
	ctx, stop := signal.NotifyContext(context.Background(), signals(command)...)
	defer stop()
	ctx, out.Unread = context.WithCancel(ctx)
	defer out.Unread()
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(out, help, settings.ConfigPath(grammar.Config), serveReader(args, out, help))
	return printError(withOutputError(asInterruption(ctx, command.Run()), out))
}

// signals are those that end the command.
func signals(command *kong.Context) []os.Signal {
	if command.Selected().Target.Type() == reflect.TypeFor[serve.Command]() {
		return serve.Signals()
	}
	return exit.Signals()
}

// serveReader reads the command line of gavel serve again, with the environment and the configuration file as they are then.
func serveReader(args []string, out *terminal.Output, help *helpPrinter) serve.Reader {
	return func() (serve.Command, settings.ConfigPath, error) {
		var grammar cli
		parser, err := newParser(&grammar, out, help)
		if err != nil {
			panic("command line grammar: " + err.Error())
		}
		if _, err := parser.Parse(commandline.FlagsFirst(parser.Model, args)); err != nil {
			return serve.Command{}, "", exit.Usage(errors.New(redact(err.Error())))
		}
		return grammar.Serve, settings.ConfigPath(grammar.Config), nil
	}
}

// asInterruption makes an error that a signal caused match context.Canceled: the cause of ctx names the signal.
func asInterruption(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return errors.Join(context.Canceled, err)
	}
	return err
}

// newParser makes the parser of the command line. Help and version go to out.
func newParser(grammar *cli, out *terminal.Output, help *helpPrinter) (*kong.Kong, error) {
	return kong.New(grammar,
		kong.Name("gavel"),
		kong.Description(description()),
		kong.Help(help.print),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.ExplicitGroups(helpGroups()),
		kong.ValueFormatter(helpWithDefault),
		kong.Configuration(settings.Load),
		kong.Writers(out, os.Stderr),
		kong.Exit(func(code int) { os.Exit(max(code, printError(out.Err()))) }),
		settings.Defaults(),
	)
}

// withOutputError adds that a result could not be printed, to an error of a command that does not say so already.
func withOutputError(err error, out *terminal.Output) error {
	failed := out.Err()
	switch {
	case failed == nil, errors.Is(err, failed):
		return err
	case err == nil, errors.Is(err, exit.ErrNotOK):
		return failed
	}
	return errors.Join(err, failed)
}

// isCommandGroup reports whether a command line that cannot be understood ends behind a command that only groups others,
// such as gavel problem.
func isCommandGroup(args []string, err error) bool {
	var parse *kong.ParseError
	if !errors.As(err, &parse) || slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		return false
	}
	node := parse.Context.Selected()
	return node != nil && len(node.Children) > 0 && node.Name == args[len(args)-1]
}

// helpWithDefault tells the default of a flag beside its help; kong shows it only where no placeholder is.
func helpWithDefault(value *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(value)
	if value.Default != "" && value.Flag != nil && value.Flag.PlaceHolder != "" {
		if !strings.HasSuffix(help, "...") {
			help = strings.TrimSuffix(help, ".")
		}
		help += " [" + strings.ReplaceAll(value.Default, ",", ", ") + "]." // a list can be wrapped
	}
	return help
}

// printError reports what a command returned and turns it into an exit code.
func printError(err error) int {
	code := exit.CodeOf(err)
	switch code {
	case exit.OK, exit.NotOK:
	case exit.Interrupted:
		if errors.Is(err, syscall.EPIPE) {
			break // whoever has closed the pipe knows
		}
		fmt.Fprintln(os.Stderr, "gavel: interrupted")
	default:
		fmt.Fprintf(os.Stderr, "gavel: %v\n", err)
	}
	return code
}
