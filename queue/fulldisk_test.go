package queue

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// The disk of the server is full, which no limit of a stream foretold. The server does not answer then, also not once
// there is room again, until it is restarted.
func TestSubmitToFullDisk(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Fatal(os.NewSyscallError("mount", err))
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(os.NewSyscallError("unmount", err))
		}
	})
	srv := embeddedIn(t, dir, "127.0.0.1:0")
	conn := connect(t, srv.URL())
	if err := EnsureStreams(testContext(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	submit(t, conn, submission("before"))
	fillDisk(t, dir)
	big := submission("big")
	big.Files[0].Text = strings.Repeat("x", 1<<20)
	ctx, cancel := context.WithTimeout(testContext(t), 3*time.Second)
	defer cancel()
	err := client.New(conn).Submit(ctx, message.DefaultPool, message.LanePractice, big)
	if err == nil || !strings.Contains(err.Error(), "disk may be full") {
		t.Errorf("Submit = %v, want that the disk may be full", err)
	}
	if err := errors.Join(srv.Stop(), os.Remove(filepath.Join(dir, "filler"))); err != nil {
		t.Fatal(err)
	}
	conn = connect(t, embeddedIn(t, dir, "127.0.0.1:0").URL())
	wantCount(t, conn, message.StreamSubmissions, 1) // what was accepted
	submit(t, conn, big)
}

func fillDisk(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); err == nil; {
		_, err = f.Write(block)
	}
}
