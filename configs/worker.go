package configs

import _ "embed" // worker.yaml

//go:embed worker.yaml
var workerYAML string

// Worker is worker.yaml: every setting of the worker with its default value.
func Worker() string { return workerYAML }
