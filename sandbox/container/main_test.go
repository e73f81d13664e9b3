package container

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// helperEnv makes this test binary play a worker that is about to die (worker_test.go), or a broken server
// (faults_test.go).
const helperEnv = "GAVEL_CONTAINER_TEST_HELPER"

func TestMain(m *testing.M) {
	switch os.Getenv(helperEnv) {
	case "":
	case "broken wait":
		brokenWait()
		os.Exit(0)
	default:
		os.Exit(doomedWorker())
	}
	goleak.VerifyTestMain(m)
}
