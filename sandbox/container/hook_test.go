package container_test

// The test binary is its own container server.
import _ "github.com/gaveloj/gavel/sandbox/container/hook"
