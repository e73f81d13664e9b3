package main

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/worker/batch"
	"github.com/gaveloj/gavel/worker/bench"
	"github.com/gaveloj/gavel/worker/debug"
	"github.com/gaveloj/gavel/worker/doctor"
	"github.com/gaveloj/gavel/worker/execute"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/serve"
	"github.com/gaveloj/gavel/worker/top"
	"github.com/gaveloj/gavel/worker/verification"
	"github.com/gaveloj/gavel/worker/version"
)

// What gavel is, and where settings come from.
const (
	aboutGavel = "The worker of an online judge: it takes submissions from NATS JetStream, runs them in containers and publishes verdicts."
	precedence = "Settings come from flags, then GAVEL_* variables, then --config FILE, then configs/worker.yaml in the binary."
)

// description says what gavel is, what its exit codes mean, and where settings come from.
func description() string {
	var codes strings.Builder
	for _, code := range exitCodes() {
		fmt.Fprintf(&codes, "    %-5s%s\n", code[0], code[1])
	}
	return aboutGavel + "\n\nExit codes:\n\n" + codes.String() + "\n" + precedence
}

// exitCodes are those of every command, with what they mean.
func exitCodes() [][2]string {
	return [][2]string{
		{strconv.Itoa(exit.OK), "done, and everything is as it should be"},
		{strconv.Itoa(exit.NotOK), "a submission did not get what it must get"},
		{strconv.Itoa(exit.BadRequest), "it cannot work: a flag, file, package, language"},
		{strconv.Itoa(exit.Fault), "the host cannot, or it broke: run gavel doctor"},
		{strconv.Itoa(exit.Interrupted), "interrupted"},
	}
}

// cli is the grammar of the command line.
type cli struct {
	Format string          `default:"text" enum:"text,json" env:"GAVEL_FORMAT" group:"common" help:"Print for people (text) or for programs (json: one object on each line)."`
	Config kong.ConfigFlag `env:"GAVEL_CONFIG" group:"common" help:"Read settings from this YAML file." placeholder:"FILE"`

	Judge  judgeCmd             `cmd:"" group:"local" help:"Judge one submission without a queue."`
	Verify verification.Command `cmd:"" group:"local" help:"Judge every example submission of packages against what it must get."`
	Grade  gradeCmd             `cmd:"" group:"local" help:"Grade what a class has handed in: a table, a page, and feedback for each student."`
	Exec   execute.Command      `cmd:"" group:"local" help:"Run one command in a container and tell what it used."`
	Doctor doctor.Command       `cmd:"" group:"local" help:"Tell what this host can and cannot do, and how to mend it."`
	Bench  bench.Command        `cmd:"" group:"local" help:"Measure what judging costs on this host, beside what it is to be compared with."`

	Serve   serve.Command `cmd:"" group:"worker" help:"Judge submissions from the queue until SIGTERM."`
	Reload  serve.Reload  `cmd:"" group:"worker" help:"Have the worker of this host read its configuration anew."`
	Ready   serve.Ready   `cmd:"" group:"worker" help:"Tell whether the worker of this host takes submissions."`
	Top     top.Command   `cmd:"" group:"worker" help:"Show what the workers and the queue do, live."`
	Workers workersCmd    `cmd:"" group:"worker" help:"List the workers, with what they offer and do."`
	Problem problemCmd    `cmd:"" group:"worker" help:"Manage the store of problem packages."`

	Submit  submitCmd     `cmd:"" group:"queue" help:"Publish submissions to the queue."`
	Watch   watchCmd      `cmd:"" group:"queue" help:"Follow one submission until its verdict."`
	Cancel  cancelCmd     `cmd:"" group:"queue" help:"End submissions that wait or run, with the verdict CANCELED."`
	Rejudge rejudgeCmd    `cmd:"" group:"queue" help:"Judge submissions again, as new attempts."`
	Queue   queueCmd      `cmd:"" group:"queue" help:"Tell what waits in the queue and for how long; drop what nobody takes."`
	Dead    deadCmd       `cmd:"" group:"queue" help:"List, show and replay what could not be judged."`
	Debug   debug.Command `cmd:"" group:"queue" help:"Put all that is known of one verdict into a zip file with a page that explains it."`
	Run     runCmd        `cmd:"" group:"queue" help:"Have a worker run files on inputs, with nothing expected of the output."`

	Batch batch.Command `cmd:"" group:"queue" help:"Run many programs on many inputs, from lines of JSON, here or in the workers."`

	NATSContext natsContextCmd `cmd:"" group:"queue" name:"nats-context" help:"Tell the nats command line how to reach the queue."`

	Help       helpCmd         `cmd:"" group:"about" help:"Print the help of a command."`
	Man        manCmd          `cmd:"" group:"about" help:"Print a manual page, or write all of them."`
	Completion completionCmd   `cmd:"" group:"about" help:"Print what makes a shell complete commands, flags and languages."`
	Complete   completeCmd     `cmd:"" group:"about" hidden:"" help:"Complete a command line, for the scripts of gavel completion."`
	Version    version.Command `cmd:"" group:"about" help:"Print the version, as gavel --version does."`
}

// helpGroups are the headings of commands and flags in --help, by the keys in the tags.
func helpGroups() []kong.Group {
	return []kong.Group{
		{Key: "local", Title: "Judge on this host:"},
		{Key: "worker", Title: "Run workers:"},
		{Key: "queue", Title: "Send work to the workers:"},
		{Key: "about", Title: "About gavel:"},
		{Key: "common", Title: "Flags of every command:"},
		{Key: "judging", Title: "Reading packages and judging:"},
		{Key: "nats", Title: "Connection to the queue:"},
		{Key: "log", Title: "Log:"},
	}
}

// helpCmd prints the help of another command, as --help behind it does.
type helpCmd struct {
	All     bool     `help:"Show the flags too that --help leaves out."`
	Command []string `arg:"" optional:"" help:"The command; all of them if not given." name:"command"`
}

func (c helpCmd) Run(parser *kong.Kong, help *helpPrinter) error {
	help.all = c.All
	_, err := parser.Parse(append(c.Command, "--help"))
	return exit.Usage(err) // help ends the process
}

// helpPrinter prints help. It shows one flag of those that connect to the queue, which most commands take and few need, and
// says where the others are.
type helpPrinter struct {
	columns func() int // of the terminal; nil or 0 where there is none
	all     bool
}

func (h *helpPrinter) print(options kong.HelpOptions, ctx *kong.Context) error {
	// Where what it prints to is no file, kong learns from the environment alone how wide the terminal is.
	if h.columns != nil && h.columns() > 0 && os.Getenv("COLUMNS") == "" {
		if err := os.Setenv("COLUMNS", strconv.Itoa(h.columns())); err != nil {
			return err
		}
		defer os.Unsetenv("COLUMNS")
	}
	node := ctx.Selected()
	if node == nil {
		return printAppHelp(options, ctx)
	}
	if h.all || node.Target.Type() == reflect.TypeFor[serve.Command]() {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	for _, flag := range slices.Concat(node.AllFlags(true)...) {
		if flag.Group == nil || flag.Group.Key != "nats" {
			continue
		}
		if flag.Name == "nats-url" {
			group := *flag.Group
			group.Description = fmt.Sprintf("Those for credentials, TLS and waiting: gavel help --all %s.", node.Path())
			defer func(was *kong.Group) { flag.Group = was }(flag.Group)
			flag.Group = &group
			continue
		}
		flag.Hidden = true
		defer func() { flag.Hidden = false }()
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// printAppHelp prints the help of gavel itself. The last line of kong's own is too long for some terminals, and is not wrapped.
func printAppHelp(options kong.HelpOptions, ctx *kong.Context) error {
	defer func(was *kong.Flag) { ctx.Model.HelpFlag = was }(ctx.Model.HelpFlag)
	ctx.Model.HelpFlag = nil
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintln(ctx.Stdout, "\nRun gavel help COMMAND for more about a command.")
	return err
}
