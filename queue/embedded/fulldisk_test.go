package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// The disk of the server is full, which no limit of a stream foretold. The server does not answer then; it starts
// anew once there is room again.
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
	conn := queuetest.Connect(t, queuetest.ServerIn(t, dir, "127.0.0.1:0").URL())
	if err := storage.Ensure(queuetest.Context(t), conn, 1); err != nil {
		t.Fatal(err)
	}
	queuetest.Submit(t, conn, queuetest.Submission("before"))
	fillDisk(t, dir)
	big := queuetest.Submission("big")
	big.Files[0].Text = strings.Repeat("x", 1<<20)
	ctx, cancel := context.WithTimeout(queuetest.Context(t), 3*time.Second)
	defer cancel()
	err := client.New(conn).Submit(ctx, message.DefaultPool, message.LanePractice, big, client.StoreAnyway)
	if err == nil || !strings.Contains(err.Error(), "disk may be full") {
		t.Errorf("Submit = %v, want that the disk may be full", err)
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	queuetest.Eventually(t, "the server has started anew", func() bool {
		ctx, cancel := context.WithTimeout(queuetest.Context(t), time.Second)
		defer cancel()
		err = client.New(conn).Submit(ctx, message.DefaultPool, message.LanePractice, big, client.StoreAnyway)
		return err == nil
	})
	queuetest.WantCount(t, conn, message.StreamSubmissions, 2) // what was accepted before, and that
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
