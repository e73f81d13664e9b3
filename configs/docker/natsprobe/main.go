// Command natsprobe is the health check of the NATS image, which has no shell: it ends with 0 when the server on this
// host greets with JetStream on.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	if err := probe("127.0.0.1:4222"); err != nil {
		fmt.Fprintln(os.Stderr, "natsprobe:", err)
		os.Exit(1)
	}
}

// probe reads the server's greeting, INFO and an object in JSON.
func probe(address string) error {
	const patience = 3 * time.Second
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return fmt.Errorf("read greeting: %w", err)
	}
	var info struct {
		JetStream bool `json:"jetstream"`
	}
	greeting, ok := strings.CutPrefix(line, "INFO ")
	if !ok {
		return errors.New("no NATS server answers")
	}
	if err := json.Unmarshal([]byte(greeting), &info); err != nil {
		return fmt.Errorf("decode greeting: %w", err)
	}
	if !info.JetStream {
		return errors.New("JetStream is not on")
	}
	return nil
}
