package state

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Endpoint tells other commands on this host where the running worker can be reached. It lies in the state
// directory as worker.json while the worker takes submissions.
type Endpoint struct {
	PID  int    `json:"pid"`
	NATS string `json:"nats"`
	NKey string `json:"nkey,omitempty"` // file with the key of the embedded server
	HTTP string `json:"http"`
}

func endpointFile(dir string) string { return filepath.Join(dir, "worker.json") }

// Publish writes the file in one step.
func (e Endpoint) Publish(dir string) error {
	data, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode endpoint: %w", err)
	}
	if err := WritePrivate(endpointFile(dir), append(data, '\n')); err != nil {
		return fmt.Errorf("publish endpoint: %w", err)
	}
	return nil
}

// RemoveEndpoint removes the file of a worker that cannot be reached any more.
func RemoveEndpoint(dir string) { _ = os.Remove(endpointFile(dir)) }

// FindEndpoint reads the file of the worker on this host; ok reports whether there is one.
func FindEndpoint(dir string) (e Endpoint, ok bool) {
	data, err := os.ReadFile(endpointFile(dir))
	if err != nil {
		return Endpoint{}, false
	}
	return e, json.Unmarshal(data, &e) == nil && e.NATS != ""
}
