package main

import (
	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/worker/batch"
	"github.com/gaveloj/gavel/worker/doctor"
	"github.com/gaveloj/gavel/worker/execute"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/serve"
	"github.com/gaveloj/gavel/worker/version"
)

const description = `The worker of an online judge: it takes submissions from NATS JetStream, runs them in containers and publishes verdicts.

Exit codes:

    0    done, and everything is as it should be
    1    a submission did not get what it must get
    2    the request cannot work: a flag, a file, a package, a language
    3    the host cannot do it, or something broke: run gavel doctor
    130  interrupted

Settings come from flags, then GAVEL_* variables, then --config FILE, then configs/worker.yaml in the binary.`

// cli is the grammar of the command line.
type cli struct {
	Format string          `default:"text" enum:"text,json" env:"GAVEL_FORMAT" group:"common" help:"Print for people (text) or for programs (json: one object on each line)."`
	Config kong.ConfigFlag `env:"GAVEL_CONFIG" group:"common" help:"Read settings from this YAML file." placeholder:"FILE"`

	Judge  judgeCmd        `cmd:"" group:"local" help:"Judge one submission without a queue."`
	Verify verifyCmd       `cmd:"" group:"local" help:"Judge every example submission of packages against what it must get."`
	Grade  gradeCmd        `cmd:"" group:"local" help:"Grade what a class has handed in: a table, a page, and feedback for each student."`
	Exec   execute.Command `cmd:"" group:"local" help:"Run one command in a container and tell what it used."`
	Doctor doctor.Command  `cmd:"" group:"local" help:"Tell what this host can and cannot do, and how to mend it."`

	Serve   serve.Command `cmd:"" group:"worker" help:"Judge submissions from the queue until SIGTERM."`
	Workers workersCmd    `cmd:"" group:"worker" help:"List the workers, with what they offer and do."`
	Problem problemCmd    `cmd:"" group:"worker" help:"Manage the store of problem packages."`

	Submit  submitCmd  `cmd:"" group:"queue" help:"Publish submissions to the queue."`
	Watch   watchCmd   `cmd:"" group:"queue" help:"Follow one submission until its verdict."`
	Cancel  cancelCmd  `cmd:"" group:"queue" help:"End submissions that wait or run, with the verdict CANCELED."`
	Rejudge rejudgeCmd `cmd:"" group:"queue" help:"Judge submissions again, as new attempts."`
	Dead    deadCmd    `cmd:"" group:"queue" help:"List, show and replay what could not be judged."`
	Run     runCmd     `cmd:"" group:"queue" help:"Have a worker run files on inputs, with nothing expected of the output."`

	Batch batch.Command `cmd:"" group:"queue" help:"Run many programs on many inputs, from lines of JSON, here or in the workers."`

	NATSContext natsContextCmd `cmd:"" group:"queue" name:"nats-context" help:"Tell the nats command line how to reach the queue."`

	Help    helpCmd         `cmd:"" group:"about" help:"Print the help of a command."`
	Version version.Command `cmd:"" group:"about" help:"Print the version, as gavel --version does."`
}

// helpGroups are the headings of commands and flags in --help, by the keys in the tags.
func helpGroups() []kong.Group {
	return []kong.Group{
		{Key: "local", Title: "Judge on this host:"},
		{Key: "worker", Title: "Run workers:"},
		{Key: "queue", Title: "Send work to the workers:"},
		{Key: "about", Title: "About gavel:"},
		{Key: "common", Title: "Flags of every command:"},
		{Key: "nats", Title: "Connection to the queue:"},
		{Key: "log", Title: "Log:"},
	}
}

// helpCmd prints the help of another command, as --help behind it does.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command; all of them if not given." name:"command"`
}

func (c helpCmd) Run(parser *kong.Kong) error {
	_, err := parser.Parse(append(c.Command, "--help"))
	return exit.Usage(err) // help ends the process
}
