// Submit publishes a source file, shows its progress, and prints the verdict.
//
//	go run ./queue/client/examples/submit -nkey ~/.local/state/gavel/nats.nk -problem sum solution.py
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

func main() {
	server := client.Config{Name: "submit example"}
	flag.StringVar(&server.URL, "nats", client.DefaultURL, "NATS server")
	flag.StringVar(&server.NKeyFile, "nkey", "", "file with the key of the server; of gavel serve, nats.nk in its state directory")
	problem := flag.String("problem", "sum", "name of the problem")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := submit(ctx, server, *problem, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "submit:", err)
		os.Exit(1)
	}
}

func submit(ctx context.Context, server client.Config, problem, path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	conn, err := client.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close()
	platform := client.New(conn)

	s := api.Submission{
		ID:      rand.Text(),
		Problem: problem,
		Files:   []api.SourceFile{{Name: filepath.Base(path), Content: source}},
	}
	if err := platform.Submit(ctx, message.DefaultPool, message.LaneContest, s); err != nil {
		return err
	}
	for event, err := range platform.Watch(ctx, s.ID, client.Current) {
		if err != nil {
			return err
		}
		fmt.Printf("%d: %s %d/%d\n", event.Sequence, event.Stage, event.Test, event.Tests)
		if event.Stage == api.StageDone {
			break
		}
	}
	report, err := platform.Wait(ctx, s.ID, client.Current)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d ms, %d KiB\n", report.Verdict, report.CPUUsec/1000, report.PeakMemory/1024)
	if report.Error != nil {
		return errors.New(report.Error.Message)
	}
	return nil
}
