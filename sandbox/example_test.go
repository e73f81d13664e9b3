package sandbox_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	_ "github.com/gaveloj/gavel/sandbox/container/hook" // lets this process play the first one of a container
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// A pool holds clean containers; each runs one program after the other. What comes back is facts, and no opinion.
func Example() {
	ctx := context.Background()
	containers, err := pool.New(ctx, pool.Config{Slots: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer containers.Close()
	box, err := containers.Lease(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer containers.Release(box)

	limits := sandbox.Limits{CPU: time.Second, Wall: 10 * time.Second, Memory: 64 * sandbox.MiB, Output: sandbox.MiB}
	for _, script := range []string{"echo hello; exit 3", "kill -SEGV $$", "while :; do :; done", "cat /etc/shadow"} {
		result, err := box.Run(ctx, sandbox.Command{Args: []string{"/bin/sh", "-c", script}, Limits: limits})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %v, exit code %d, killed by %q, wrote %q\n",
			script, result.Outcome, result.ExitCode, result.KilledBy, result.Stdout)
	}
	// Prints:
	//
	//	echo hello; exit 3: exited, exit code 3, killed by "", wrote "hello\n"
	//	kill -SEGV $$: signaled, exit code 0, killed by "", wrote ""
	//	while :; do :; done: signaled, exit code 0, killed by "cpu", wrote ""
	//	cat /etc/shadow: exited, exit code 1, killed by "", wrote ""
}

func TestExample(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.NoLeaks(t)
	sandboxtest.Example(t, Example, `echo hello; exit 3: exited, exit code 3, killed by "", wrote "hello\n"
kill -SEGV $$: signaled, exit code 0, killed by "", wrote ""
while :; do :; done: signaled, exit code 0, killed by "cpu", wrote ""
cat /etc/shadow: exited, exit code 1, killed by "", wrote ""
`)
}
