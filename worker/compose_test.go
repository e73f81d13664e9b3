package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// dockerEngine needs an engine that answers, and the program that reads docker-compose.yml.
func dockerEngine() error {
	if err := exec.Command("docker", "info").Run(); err != nil {
		return fmt.Errorf("no Docker engine: %w", err)
	}
	_, err := composeCommand()
	return err
}

// imageTools needs what configs/docker/build.sh makes a Debian with.
func imageTools() error {
	return errors.Join(sandboxtest.Root(), sandboxtest.Program("debootstrap")())
}

// composeCommand is docker-compose 1, or the plugin of docker.
func composeCommand() ([]string, error) {
	if _, err := exec.LookPath("docker-compose"); err == nil {
		return []string{"docker-compose"}, nil
	}
	if err := exec.Command("docker", "compose", "version").Run(); err != nil {
		return nil, fmt.Errorf("neither docker-compose nor docker compose: %w", err)
	}
	return []string{"docker", "compose"}, nil
}

// composition is docker-compose.yml, brought up under a name of its own.
type composition struct {
	t       *testing.T
	project string
	command []string
}

func (c composition) run(args ...string) (string, error) {
	c.t.Helper()
	full := append(append([]string{}, c.command...), "-p", c.project, "-f", "docker-compose.yml")
	return runAtRoot(c.t, append(full, args...)...)
}

// runAtRoot runs a command at the root of the module and returns what it printed. What it mounts is in a temporary directory
// of the test, so that others know whose it is.
func runAtRoot(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GAVEL_TOOLCHAINS=c python", "GAVEL_IMAGE_TAG=test", "GAVEL_HTTP_PORT=0", "TMPDIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return string(out), err
}

// TestCompose brings NATS and a worker up, has a submission judged, and takes everything down.
func TestCompose(t *testing.T) {
	if testing.Short() {
		t.Skip("makes images")
	}
	sandboxtest.Optional(t, dockerEngine, imageTools)
	command, err := composeCommand()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := runAtRoot(t, "configs/docker/build.sh"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := composition{t: t, project: fmt.Sprintf("gaveltest%d", os.Getpid()), command: command}
	t.Cleanup(c.down)
	if out, err := c.run("up", "-d"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.awaitWorker()
	c.checkImages()
	c.submit("accepted/sum.c", `"verdict":"AC",.*"ok":true`, true)
	c.submit("wrong_answer/no_output.py", `"verdict":"WA",.*"ok":false`, false)
}

// awaitWorker waits until the engine finds the worker healthy, by the check in its image.
func (c composition) awaitWorker() {
	c.t.Helper()
	err := until("healthy worker", func() bool {
		out, err := runAtRoot(c.t, "docker", "ps", "-q", "--filter", "health=healthy",
			"--filter", "label=com.docker.compose.project="+c.project, "--filter", "label=com.docker.compose.service=worker")
		return err == nil && strings.TrimSpace(out) != ""
	})
	if err != nil {
		logs, _ := c.run("logs", "--tail", "50") // the error above is the one that counts
		c.t.Fatalf("%v\n%s", err, logs)
	}
}

// checkImages looks that both images say which version they are of and are found by it, and that health is what the worker says.
func (c composition) checkImages() {
	c.t.Helper()
	out, err := runAtRoot(c.t, "configs/version.sh")
	if err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
	version := strings.TrimSpace(out)
	tag := strings.NewReplacer("~", "-", "+", "-").Replace(version)
	for _, image := range []string{"gavel-worker:", "gavel-nats:"} {
		const labels = `{{index .Config.Labels "org.opencontainers.image.version"}} {{len (index .Config.Labels "org.opencontainers.image.revision")}}`
		out, err := runAtRoot(c.t, "docker", "image", "inspect", "--format", labels, image+tag)
		if want := version + " 40"; err != nil || strings.TrimSpace(out) != want {
			c.t.Errorf("labels of %s%s: %v, %q, want %q", image, tag, err, out, want)
		}
	}
	id, err := c.run("ps", "-q", "worker")
	if err != nil {
		c.t.Fatalf("%v\n%s", err, id)
	}
	out, err = runAtRoot(c.t, "docker", "inspect", "--format", "{{.State.Health.Status}} {{json .State.Health.Log}}", strings.TrimSpace(id))
	if err != nil || !regexp.MustCompile(`^healthy .*"ExitCode":0,"Output":"ok`).MatchString(out) {
		c.t.Errorf("health of the worker: %v, %s", err, out)
	}
}

func (c composition) submit(path, want string, accepted bool) {
	c.t.Helper()
	out, err := c.run("exec", "-T", "worker", "gavel", "submit", "--format", "json", "--problem", "sum", "--wait",
		"--timeout", "2m", "/problems/sum/submissions/"+path)
	if (err == nil) != accepted || !regexp.MustCompile(want).MatchString(out) {
		c.t.Errorf("submit %s: %v\n%s\nwant %s", path, err, out, want)
	}
}

// down takes everything down, and looks that nothing is left.
func (c composition) down() {
	started := time.Now()
	if out, err := c.run("down", "-v", "--remove-orphans"); err != nil {
		c.t.Errorf("%v\n%s", err, out)
	}
	if took := time.Since(started); took > 40*time.Second {
		c.t.Errorf("the worker took %v to stop: it did not hear SIGTERM", took)
	}
	label := "label=com.docker.compose.project=" + c.project
	for _, list := range [][]string{
		{"docker", "ps", "-aq", "--filter", label},
		{"docker", "volume", "ls", "-q", "--filter", label},
		{"docker", "network", "ls", "-q", "--filter", label},
	} {
		if out, err := runAtRoot(c.t, list...); err != nil || strings.TrimSpace(out) != "" {
			c.t.Errorf("%v: %v, left behind: %s", list, err, out)
		}
	}
}
