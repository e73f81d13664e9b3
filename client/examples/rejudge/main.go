// Rejudge has a submission that was judged before judged again, and prints both verdicts; with -cancel it changes its
// mind.
//
//	go run ./client/examples/rejudge ID
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/gaveloj/gavel/client"
)

func main() {
	url := flag.String("nats", client.DefaultURL, "NATS server")
	cancel := flag.Bool("cancel", false, "cancel the new attempt at once")
	flag.Parse()
	if err := rejudge(context.Background(), *url, flag.Arg(0), *cancel); err != nil {
		fmt.Fprintln(os.Stderr, "rejudge:", err)
		os.Exit(1)
	}
}

func rejudge(ctx context.Context, url, id string, cancel bool) error {
	conn, err := client.Connect(ctx, client.Config{URL: url, Name: "rejudge example"})
	if err != nil {
		return err
	}
	defer conn.Close()
	platform := client.New(conn)

	before, err := platform.Verdict(ctx, id, client.Current)
	if err != nil {
		return err
	}
	receipt, err := platform.Rejudge(ctx, id, client.Target{})
	if err != nil {
		return err
	}
	if cancel {
		err := platform.Cancel(ctx, id, receipt.Attempt, "it was a mistake")
		var judged *client.JudgedError
		if err != nil && !errors.As(err, &judged) { // one that was faster than we are is no trouble
			return err
		}
	}
	after, err := platform.Wait(ctx, id, receipt.Attempt)
	if err != nil {
		return err
	}
	fmt.Printf("attempt %d: %s\nattempt %d: %s\n", before.Attempt, before.Verdict, after.Attempt, after.Verdict)
	return nil
}
