package queue

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// The platform of the guide works with what accounts.conf gives to one: by password and TLS, in its namespace alone. With the key
// of an embedded server, and a real judge, the tests of the guide's commands run it.
func TestMiniplatform(t *testing.T) {
	sandboxtest.RequireToolchain(t, sandboxtest.Program("python3"))
	a := startAccounts(t)
	prepareArena(t, a)
	source := filepath.Join(t.TempDir(), "a.py")
	if err := os.WriteFile(source, []byte("print(1)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(id string) (string, error) {
		cmd := exec.CommandContext(queuetest.Context(t), "python3", "../configs/docs/miniplatform.py", "sum", source, id)
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+a.file("ca.pem"),
			"NATS_URL="+strings.Replace(a.url, "tls://", "tls://arena:"+password("arena")+"@", 1))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, when := range []string{"as it comes", "from the stream"} {
		if out, err := run("arena.python"); err != nil || !strings.HasPrefix(out, "AC 0.") {
			t.Errorf("verdict %s: %v, %s", when, err, out)
		}
	}
	// The server's account holds it to its namespace: nothing takes this.
	if out, err := run("course.python"); err == nil || !strings.Contains(out, "Permissions Violation") && !strings.HasPrefix(out, "not stored: ") {
		t.Errorf("in the namespace of another one: %v, %s", err, out)
	}
}
