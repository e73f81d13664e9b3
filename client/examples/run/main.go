// Run compiles a source file once and runs it on the inputs that are given as arguments, as a platform does for a
// contestant's own tests.
//
//	go run ./client/examples/run solution.py "1 2" "3 4"
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
)

func main() {
	url := flag.String("nats", client.DefaultURL, "NATS server")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "usage: run FILE INPUT...")
		os.Exit(2)
	}
	if err := run(context.Background(), *url, flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url, path string, inputs []string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	conn, err := client.Connect(ctx, client.Config{URL: url, Name: "run example"})
	if err != nil {
		return err
	}
	defer conn.Close()

	request := message.RunRequest{
		Files:  []message.SourceFile{{Name: filepath.Base(path), Content: source}},
		Limits: message.RunLimits{CPUUsec: (2 * time.Second).Microseconds()},
	}
	for _, text := range inputs {
		request.Inputs = append(request.Inputs, message.RunInput{Text: text + "\n"})
	}
	result, err := client.New(conn).Run(ctx, message.DefaultPool, request)
	if errors.Is(err, client.ErrBusy) {
		return fmt.Errorf("every worker is busy, try again later: %w", err)
	}
	if err != nil {
		return err
	}
	if result.Status != message.RunOK {
		return fmt.Errorf("%s: %s", result.Status, result.Compile.Log)
	}
	for i, r := range result.Runs {
		fmt.Printf("%s: %s in %d ms: %s", inputs[i], r.Status, r.CPUUsec/1000, r.Stdout.Text)
	}
	return nil
}
