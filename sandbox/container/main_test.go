package container

import (
	"os"
	"testing"
)

// helperEnv makes this test binary play a worker that is about to die; see worker_test.go.
const helperEnv = "GAVEL_CONTAINER_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		os.Exit(doomedWorker())
	}
	os.Exit(m.Run())
}
