// The gavel binary: command line, configuration, wiring and drain. It decides nothing.
//
//	flags > GAVEL_* > --config FILE > configs/worker.yaml
//	                    |
//	serve    embedded NATS or URL -> queue.Worker -> judge.Judge -> pool of containers
//	judge    files ----------------------------------^                    ^
//	verify   packages -> verify.Package -----------------                   |
//	exec     one command -------------------------------------------------
//	submit   files or packages -> client.Client -> NATS
//	watch    events and verdict <- client.Client <- NATS
//	doctor   what of all this works on this host
//
// What commands share lies in packages below, and so do the commands of more than a few files: settings and their values in
// settings, the connection in connect, the state directory in state, what judges here in judging, packages that are named in
// packages, what came of a submission in judgement and artifacts, what is printed in terminal, what an error means in exit.
//
// It promises: results go to stdout, everything else to stderr; with --format json each line of stdout is one
// object; an exit code that says whose turn it is (see package exit); and that nothing is left behind when it ends,
// or after one more start when it was killed.
package main
