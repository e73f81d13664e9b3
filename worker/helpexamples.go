package main

import "github.com/gaveloj/gavel/worker/terminal"

// Help returns the examples of a command; kong prints them.
func (judgeCmd) Help() string {
	return terminal.Examples(`
		gavel judge --problem testcases/sum solution.cpp
		gavel judge --problem testcases/sum --language java --entry-point Main src/
		gavel judge --problem sum --problems /srv/problems --format json solution.py
		gavel judge --problem testcases/sum --artifacts out student.zip`)
}

func (gradeCmd) Help() string {
	return terminal.Examples(`
		gavel grade testcases/stairs week1
		gavel grade testcases/stairs moodle-download.zip --roster class.csv --csv moodle
		gavel grade testcases/stairs week1 --out results --file 'stairs.*' --by '(?P<student>[a-z]+)-(?P<id>[0-9]+)'
		gavel grade testcases/stairs week1 --queue --nats-url nats://10.0.0.5:4222`)
}

func (workersCmd) Help() string {
	return terminal.Examples(`
		gavel workers
		gavel workers --format json`)
}

func (problemPushCmd) Help() string {
	return terminal.Examples(`
		gavel problem push testcases/sum other-package.zip
		gavel problem push --name sum-2026 testcases/sum`)
}

func (problemListCmd) Help() string { return terminal.Examples(`gavel problem list`) }

func (problemShowCmd) Help() string { return terminal.Examples(`gavel problem show sum`) }

func (problemRemoveCmd) Help() string {
	return terminal.Examples(`
		gavel problem remove sum
		gavel problem remove --version 3f2a91 sum`)
}

func (submitCmd) Help() string {
	return terminal.Examples(`
		gavel submit --problem sum --wait solution.cpp
		gavel submit --problem sum --id week3-alice --lane practice main.py helper.py
		gavel submit --all --wait testcases/*`)
}

func (watchCmd) Help() string {
	return terminal.Examples(`
		gavel watch week3-alice
		gavel watch --format json --artifacts out week3-alice`)
}

func (cancelCmd) Help() string {
	return terminal.Examples(`gavel cancel --reason 'wrong file' week3-alice week3-bob`)
}

func (rejudgeCmd) Help() string {
	return terminal.Examples(`
		gavel rejudge --wait week3-alice
		gavel rejudge --problem sum --verdict WA,TLE --dry-run`)
}

func (queueCmd) Help() string {
	return terminal.Examples(`
		gavel queue
		gavel queue show week3-alice
		gavel queue drop judge.submissions.gpu.contest`)
}

func (queueListCmd) Help() string {
	return terminal.Examples(`
		gavel queue list --pool gpu --lane contest
		gavel queue list --format json`)
}

func (queueShowCmd) Help() string { return terminal.Examples(`gavel queue show week3-alice`) }

func (queueDropCmd) Help() string {
	return terminal.Examples(`
		gavel queue drop week3-alice
		gavel queue drop --reason 'the pool is no more' judge.submissions.gpu.contest`)
}

func (deadListCmd) Help() string { return terminal.Examples(`gavel dead list --class host`) }

func (deadShowCmd) Help() string { return terminal.Examples(`gavel dead show week3-alice`) }

func (deadReplayCmd) Help() string {
	return terminal.Examples(`
		gavel dead replay week3-alice
		gavel dead replay --all --class host`)
}

func (runCmd) Help() string {
	return terminal.Examples(`
		gavel run --input a.txt --input b.txt --cpu 2s solution.cpp
		gavel run --text '3 4' solution.py`)
}

func (natsContextCmd) Help() string {
	return terminal.Examples(`
		gavel nats-context
		gavel nats-context --name judge --nats-url tls://10.0.0.5:4222 --nats-user operator --nats-password-file operator.password`)
}

func (helpCmd) Help() string {
	return terminal.Examples(`
		gavel help submit
		gavel help --all problem push`)
}

func (completionCmd) Help() string {
	return `Commands, flags, languages, lanes and verdicts are completed; files and directories where a value is one.

` + terminal.Examples(`
		gavel completion bash > ~/.local/share/bash-completion/completions/gavel
		gavel completion zsh > ~/.zfunc/_gavel
		gavel completion fish > ~/.config/fish/completions/gavel.fish`)
}

func (manCmd) Help() string {
	return terminal.Examples(`
		gavel man submit | man -l -
		gavel man --out /usr/local/share/man/man1`)
}
