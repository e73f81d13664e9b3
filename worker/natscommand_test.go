package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sys/unix"
)

// natsMain is as much of the nats command line as the documents use, where that is not installed. It speaks to the server of the
// selected context, or in NATS_URL, with the key of the selected context.
func natsMain() {
	if err := natsCommand(os.Args[1:]); err != nil {
		os.Stderr.WriteString("nats: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func natsConnect() (*nats.Conn, error) {
	url, dir := os.Getenv("NATS_URL"), filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "nats")
	name, err := os.ReadFile(filepath.Join(dir, "context.txt"))
	if errors.Is(err, os.ErrNotExist) {
		return nats.Connect(url)
	}
	var selected struct{ URL, NKey string }
	text, err := os.ReadFile(filepath.Join(dir, "context", string(name)+".json"))
	if err == nil {
		err = json.Unmarshal(text, &selected)
	}
	if err != nil {
		return nil, err
	}
	key, err := nats.NkeyOptionFromSeed(selected.NKey)
	if err != nil {
		return nil, err
	}
	return nats.Connect(cmp.Or(url, selected.URL), key)
}

func natsCommand(args []string) error {
	conn, err := natsConnect()
	if err != nil {
		return err
	}
	defer conn.Close()
	words := strings.Join(args[:min(2, len(args))], " ")
	switch {
	case len(args) == 3 && args[0] == "pub":
		if err := conn.Publish(args[1], []byte(args[2])); err != nil {
			return err
		}
		return conn.Flush()
	case len(args) == 3 && args[0] == "req":
		reply, err := conn.Request(args[1], []byte(args[2]), time.Minute)
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(reply.Data)
		return err
	case len(args) == 5 && words == "stream get" && args[3] == "--last-for":
		js, err := conn.JetStream()
		if err != nil {
			return err
		}
		msg, err := js.GetLastMsg(args[2], args[4])
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(msg.Data)
		return err
	}
	return &os.PathError{Op: "run", Path: strings.Join(args, " "), Err: unix.ENOSYS}
}
