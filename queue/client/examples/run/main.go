// Run compiles a source file once and runs it on the inputs that are given as arguments, as a platform does for a
// contestant's own tests.
//
//	go run ./queue/client/examples/run -nkey ~/.local/state/gavel/nats.nk solution.py "1 2" "3 4"
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

func main() {
	server := client.Config{Name: "run example"}
	flag.StringVar(&server.URL, "nats", client.DefaultURL, "NATS server")
	flag.StringVar(&server.NKeyFile, "nkey", "", "file with the key of the server; of gavel serve, nats.nk in its state directory")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: run FILE INPUT...")
		os.Exit(2)
	}
	if err := run(context.Background(), server, flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server client.Config, path string, inputs []string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	conn, err := client.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close()

	request := api.RunRequest{
		Files:  []api.SourceFile{{Name: filepath.Base(path), Content: source}},
		Limits: api.RunLimits{CPUUsec: (2 * time.Second).Microseconds()},
	}
	for _, text := range inputs {
		request.Inputs = append(request.Inputs, api.RunInput{Text: text + "\n"})
	}
	result, err := client.New(conn).Run(ctx, message.DefaultPool, request)
	if errors.Is(err, client.ErrBusy) {
		return fmt.Errorf("every worker is busy, try again later: %w", err)
	}
	if err != nil {
		return err
	}
	if result.Status != api.RunOK {
		return fmt.Errorf("%s: %s", result.Status, result.Compile.Log)
	}
	for i, r := range result.Runs {
		fmt.Printf("%s: %s in %d ms: %s", inputs[i], r.Status, r.CPUUsec/1000, r.Stdout.Text)
	}
	return nil
}
