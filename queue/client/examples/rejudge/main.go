// Rejudge has a submission that was judged before judged again, and prints both verdicts; with -cancel it changes its
// mind.
//
//	go run ./queue/client/examples/rejudge -nkey ~/.local/state/gavel/nats.nk ID
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/gaveloj/gavel/queue/client"
)

func main() {
	server := client.Config{Name: "rejudge example"}
	flag.StringVar(&server.URL, "nats", client.DefaultURL, "NATS server")
	flag.StringVar(&server.NKeyFile, "nkey", "", "file with the key of the server; of gavel serve, nats.nk in its state directory")
	cancel := flag.Bool("cancel", false, "cancel the new attempt at once")
	flag.Parse()
	if err := rejudge(context.Background(), server, flag.Arg(0), *cancel); err != nil {
		fmt.Fprintln(os.Stderr, "rejudge:", err)
		os.Exit(1)
	}
}

func rejudge(ctx context.Context, server client.Config, id string, cancel bool) error {
	conn, err := client.Connect(ctx, server)
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
