package main

import "strings"

// examples makes the part of a command's help that shows how it is used, one command line on each line.
func examples(lines string) string {
	var b strings.Builder
	b.WriteString("Examples:\n")
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		b.WriteString("\n    " + strings.TrimSpace(line))
	}
	return b.String()
}

// Help returns the examples of a command; kong prints them.
func (judgeCmd) Help() string {
	return examples(`
		gavel judge --problem testcases/sum solution.cpp
		gavel judge --problem testcases/sum --language java --entry-point Main src/
		gavel judge --problem sum --problems /srv/problems --format json solution.py
		gavel judge --problem testcases/sum --artifacts out student.zip`)
}

func (verifyCmd) Help() string {
	return examples(`
		gavel verify testcases/sum
		gavel verify --matrix --data --report report.html testcases/*
		gavel verify --set-time-limit testcases/sum`)
}

func (gradeCmd) Help() string {
	return examples(`
		gavel grade testcases/stairs week1
		gavel grade testcases/stairs moodle-download.zip --roster class.csv --csv moodle
		gavel grade testcases/stairs week1 --out results --file 'stairs.*' --by '(?P<student>[a-z]+)-(?P<id>[0-9]+)'
		gavel grade testcases/stairs week1 --queue --nats-url nats://10.0.0.5:4222`)
}

func (execCmd) Help() string {
	return execView + examples(`
		gavel exec -- python3 -c 'print(sum(range(10**7)))'
		gavel exec --cpu 2s --memory 64MiB --input data.txt -- sort -n
		gavel exec --file ./prog -- ./prog < in.txt
		gavel exec --file build/prog:solve --file words.txt --out result.txt --env MODE=fast -- ./solve words.txt
		gavel exec --file ./prog --repeat 20 --input in.txt -- ./prog`)
}

// execView says what a command sees in its container.
const execView = `What the container shows: the toolchains of this host, read-only (/usr, /bin, /lib, /opt and some of /etc; gavel doctor lists
them), an empty working directory /w, /tmp and /dev/shm of 1 GiB each, /proc of its own, and the harmless devices. What it hides:
every other file of the host, yours too, until --file brings them; the network; the processes, users and environment of
the host. A program that is linked dynamically finds the libraries of this host below /usr and /lib, and none elsewhere: bring
others with --file and name them with --env LD_LIBRARY_PATH=/w. The output is passed on as it comes. The exit code is 0 however
the command ended, and 1 where it left no file that --out asks for.

`

func (doctorCmd) Help() string {
	return examples(`
		gavel doctor
		gavel doctor --nats-url nats://10.0.0.5:4222 --format json`)
}

func (serveCmd) Help() string {
	return examples(`
		gavel serve --problems /srv/problems
		gavel serve --config /etc/gavel.yaml
		gavel serve --nats-url tls://10.0.0.5:4222 --nats-nkey worker.nk --pool gpu`)
}

func (workersCmd) Help() string {
	return examples(`
		gavel workers
		gavel workers --format json`)
}

func (problemPushCmd) Help() string {
	return examples(`
		gavel problem push testcases/sum other-package.zip
		gavel problem push --name sum-2026 testcases/sum`)
}

func (problemListCmd) Help() string { return examples(`gavel problem list`) }

func (problemShowCmd) Help() string { return examples(`gavel problem show sum`) }

func (problemRemoveCmd) Help() string {
	return examples(`
		gavel problem remove sum
		gavel problem remove --version 3f2a91 sum`)
}

func (submitCmd) Help() string {
	return examples(`
		gavel submit --problem sum --wait solution.cpp
		gavel submit --problem sum --id week3-alice --lane practice main.py helper.py
		gavel submit --all --wait testcases/*`)
}

func (watchCmd) Help() string {
	return examples(`
		gavel watch week3-alice
		gavel watch --format json --artifacts out week3-alice`)
}

func (cancelCmd) Help() string {
	return examples(`gavel cancel --reason 'wrong file' week3-alice week3-bob`)
}

func (rejudgeCmd) Help() string {
	return examples(`
		gavel rejudge --wait week3-alice
		gavel rejudge --problem sum --verdict WA,TLE --dry-run`)
}

func (deadListCmd) Help() string { return examples(`gavel dead list --class host`) }

func (deadShowCmd) Help() string { return examples(`gavel dead show week3-alice`) }

func (deadReplayCmd) Help() string {
	return examples(`
		gavel dead replay week3-alice
		gavel dead replay --all --class host`)
}

func (runCmd) Help() string {
	return examples(`
		gavel run --input a.txt --input b.txt --cpu 2s solution.cpp
		gavel run --text '3 4' solution.py`)
}

func (batchCmd) Help() string {
	return batchLines + examples(`
		gavel batch --local --out results.jsonl batch.jsonl
		gavel batch --matrix 'p/*' 'i/*' 'o/*' > batch.jsonl
		gavel batch --out results.jsonl --resume batch.jsonl`)
}

// batchLines says what a batch is.
const batchLines = `The workers of the queue run it, or with --local this process, by --slots, --languages and the like. A line of a batch is an object; only files is needed. Paths are relative to the file with the lines:

    {"id": "p17", "files": ["p/17.c"], "language": "c", "inputs": ["i/1.txt", {"text": "5"}], "args": [], "env": {},
     "limits": {"cpu": "300ms", "memory": "64MiB", "output": "1MiB"}, "expect": {"file": "o/17.txt", "compare": "tokens"},
     "keep": ["out.txt"]}

A line of the results has the ID and what gavel run prints: for each input the status (WA where the output is not the expected
one), times, memory, outputs and kept files. Where there is an error instead, the line was not run; with "retry": true it was
the fault of the host, or no slot was free. Schemas: configs/schemas/batch.json and batch-result.json. The exit code is 1 when a
run is not OK, 2 when a line cannot work, 3 when one failed by the fault of the host.

`

func (natsContextCmd) Help() string {
	return examples(`
		gavel nats-context
		gavel nats-context --name judge --nats-url tls://10.0.0.5:4222 --nats-user operator --nats-password-file operator.password`)
}

func (helpCmd) Help() string { return examples(`gavel help submit`) }

func (versionCmd) Help() string { return examples(`gavel version --format json`) }
