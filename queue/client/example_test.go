package client_test

import (
	"context"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// natsURL is where the examples find NATS.
var natsURL = client.DefaultURL

// A platform publishes a submission and waits for its verdict.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// The server of gavel serve wants NKeyFile too: nats.nk in its state directory.
	conn, err := client.Connect(ctx, client.Config{URL: natsURL, Name: "a platform"})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	platform := client.New(conn)

	submission := api.Submission{
		ID: "arena.1", Problem: "sum", Language: "cpp17",
		Files: []api.SourceFile{{Name: "sum.cpp", Text: "int main() { /* ... */ }"}},
	}
	if err := platform.Submit(ctx, message.DefaultPool, message.LaneContest, submission); err != nil {
		log.Fatal(err)
	}
	report, err := platform.Wait(ctx, submission.ID, client.Current)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Verdict)
	for _, test := range report.Tests {
		fmt.Printf("%s: %s, %d us, %d bytes\n", test.Name, test.Verdict, test.CPUUsec, test.PeakMemory)
	}
	// Prints:
	//
	//	AC
	//	secret/1: AC, 1000 us, 4096 bytes
}

// Events tell how far a submission is. They can be followed from the beginning at any time, also afterwards.
func ExampleClient_Watch() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := client.Connect(ctx, client.Config{URL: natsURL})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()

	for event, err := range client.New(conn).Watch(ctx, "arena.1", client.Current) {
		if err != nil {
			log.Fatal(err)
		}
		if event.Stage == api.StageDone {
			fmt.Printf("attempt %d is done: %s\n", event.Attempt, event.Verdict)
			break
		}
	}
	// Prints:
	//
	//	attempt 1 is done: AC
}

// What was judged can be judged again, as a new attempt with a verdict of its own.
func ExampleClient_Rejudge() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := client.Connect(ctx, client.Config{URL: natsURL})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	platform := client.New(conn)

	receipt, err := platform.Rejudge(ctx, "arena.1", client.Target{})
	if err != nil {
		log.Fatal(err)
	}
	report, err := platform.Wait(ctx, "arena.1", receipt.Attempt)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("attempt %d: %s\n", report.Attempt, report.Verdict)
	// Prints:
	//
	//	attempt 2: AC
}

// The examples, against a server and a worker that finds everything right.
func TestExamples(t *testing.T) {
	natsURL = queuetest.Server(t).URL()
	conn := queuetest.Connect(t, natsURL)
	start(t, conn, quick(), queuetest.Accept)
	registration, err := queue.Register(queuetest.Context(t), conn, queue.RegistryConfig{Info: message.WorkerInfo{
		Name: "tester", Home: "home", Gavel: "v1.0.0", Pool: message.DefaultPool, State: message.WorkerReady, Slots: 1,
		Lanes: []message.Lane{{Name: message.LaneContest, Weight: 1}}, Languages: []message.LanguageInfo{{ID: "cpp17"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(registration.Close)
	sandboxtest.Example(t, Example, "AC\nsecret/1: AC, 1000 us, 4096 bytes\n")
	sandboxtest.Example(t, ExampleClient_Watch, "attempt 1 is done: AC\n")
	sandboxtest.Example(t, ExampleClient_Rejudge, "attempt 2: AC\n")
}
