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
// It promises: results go to stdout, everything else to stderr; with --format json each line of stdout is one
// object; an exit code that says whose turn it is (see package exit); and that nothing is left behind when it ends,
// or after one more start when it was killed.
package main
