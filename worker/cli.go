package main

import "github.com/alecthomas/kong"

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
	Format string          `default:"text" enum:"text,json" env:"GAVEL_FORMAT" help:"Print for people (text) or for programs (json: one object on each line)."`
	Config kong.ConfigFlag `env:"GAVEL_CONFIG" help:"Read settings from this YAML file." placeholder:"FILE"`

	Serve   serveCmd   `cmd:"" help:"Judge submissions from the queue until SIGTERM."`
	Judge   judgeCmd   `cmd:"" help:"Judge one submission without a queue."`
	Verify  verifyCmd  `cmd:"" help:"Judge every example submission of packages against what it must get."`
	Run     runCmd     `cmd:"" help:"Have a worker run files on inputs, with nothing expected of the output."`
	Exec    execCmd    `cmd:"" help:"Run one command in a container and tell what it used."`
	Submit  submitCmd  `cmd:"" help:"Publish submissions to the queue."`
	Watch   watchCmd   `cmd:"" help:"Follow one submission until its verdict."`
	Cancel  cancelCmd  `cmd:"" help:"End submissions that wait or run, with the verdict CANCELED."`
	Rejudge rejudgeCmd `cmd:"" help:"Judge submissions again, as new attempts."`
	Dead    deadCmd    `cmd:"" help:"List, show and replay what could not be judged."`
	Workers workersCmd `cmd:"" help:"List the workers, with what they offer and do."`
	Problem problemCmd `cmd:"" help:"Look after the store of problem packages."`
	Doctor  doctorCmd  `cmd:"" help:"Tell what this host can and cannot do, and how to mend it."`
	Version versionCmd `cmd:"" help:"Print the version."`
}
