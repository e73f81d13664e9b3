package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/client"
	_ "github.com/gaveloj/gavel/sandbox/container/hook" // this binary is also the container server
)

func main() {
	// Containers run as users of their own, and read what the worker writes with modes that say so. What is private
	// has a private mode.
	syscall.Umask(0o022)
	os.Exit(run(os.Args[1:]))
}

// run parses the command line, runs the command and says what went wrong.
func run(args []string) int {
	var grammar cli
	parser, err := kong.New(&grammar,
		kong.Name("gavel"),
		kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ValueFormatter(helpWithDefault),
		kong.Configuration(loadConfigFile),
		defaultVars(),
	)
	if err != nil {
		panic("command line grammar: " + err.Error())
	}
	command, err := parser.Parse(args)
	if err != nil {
		return complainOfUsage(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(newOutput(grammar.Format))
	return complain(command.Run())
}

// helpWithDefault tells the default of a flag beside its help; kong shows it only where no placeholder is.
func helpWithDefault(value *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(value)
	if value.Default != "" && value.Flag != nil && value.Flag.PlaceHolder != "" {
		help = strings.TrimSuffix(help, ".") + " [" + value.Default + "]."
	}
	return help
}

// complainOfUsage reports a command line that cannot be understood.
func complainOfUsage(err error) int {
	help := "gavel --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Command() != "" {
		help = parse.Context.Selected().FullPath() + " --help"
	}
	fmt.Fprintf(os.Stderr, "gavel: %s\nRun %s for what it takes.\n", discreet(err.Error()), help)
	return exitUsage
}

// discreet takes out of an error what a variable with a password in it holds: kong repeats variables that it does not
// understand.
func discreet(text string) string {
	value := os.Getenv("GAVEL_NATS_URL")
	if value == "" {
		return text
	}
	redacted := client.Config{URL: value}.RedactedURL()
	return strings.NewReplacer(strconv.Quote(value), strconv.Quote(redacted), value, redacted).Replace(text)
}

// complain reports what a command returned and turns it into an exit code.
func complain(err error) int {
	code := exitCode(err)
	switch code {
	case exitOK, exitNotOK:
	case exitInterrupted:
		fmt.Fprintln(os.Stderr, "gavel: interrupted")
	default:
		fmt.Fprintf(os.Stderr, "gavel: %v\n", err)
	}
	return code
}
