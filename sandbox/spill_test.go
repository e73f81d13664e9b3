package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/sandbox"
)

// An output that is too large for memory is in a file without a name; what was written is the same, and so is what is counted.
func TestOutputBeyondMemory(t *testing.T) {
	box := newBox(t)
	dir := t.TempDir()
	limits := generous()
	limits.Output = sandbox.GiB
	for _, size := range []sandbox.Bytes{sandbox.SpillFrom, sandbox.SpillFrom + 1, sandbox.SpillFrom + 5*sandbox.MiB} {
		want := sha256.New()
		block := []byte(strings.Repeat("0123456789abcde\n", 1<<16))
		for left := int(size); left > 0; left -= len(block) {
			want.Write(block[:min(left, len(block))])
		}
		for _, stream := range []string{"1", "2"} {
			before := heap()
			res := run(t, box, sandbox.Command{
				Args:   script(fmt.Sprintf("yes 0123456789abcde | head -c %d >&%s", size, stream)),
				Limits: limits, SpillDir: dir, ExpectedOutput: size,
			})
			wantEnding(t, res, exited(0))
			kept, other := res.Stdout, res.Stderr
			if stream == "2" {
				kept, other = other, kept
			}
			got := sha256.Sum256(kept)
			if !bytes.Equal(got[:], want.Sum(nil)) || len(other) > 0 || res.OutputBytes != size {
				t.Errorf("%d bytes: %d kept, %d counted, other than were written", size, len(kept), res.OutputBytes)
			}
			if took := heap() - before; took > int64(2*sandbox.SpillFrom) {
				t.Errorf("%d bytes take %d MiB of memory", size, took>>20)
			}
			f, err := res.StdoutFile()
			if err != nil || (f != nil) != (size > sandbox.SpillFrom && stream == "1") {
				t.Fatalf("StdoutFile() of %d bytes = %v, %v", size, f, err)
			}
			if f != nil {
				again := sha256.New()
				if _, err := io.Copy(again, f); err != nil || !bytes.Equal(again.Sum(nil), want.Sum(nil)) {
					t.Errorf("the file holds something else: %v", err)
				}
				f.Close()
			}
			res.Release()
			res.Release()
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// heap is how much memory is in use, in bytes.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// A full disk is no verdict, and leaves nothing open.
func TestOutputBeyondMemoryAndDisk(t *testing.T) {
	p := newPool(t, 1)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=70m"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	limits := generous()
	limits.Output = sandbox.GiB
	box, err := p.Lease(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Release(box)
	_, err = box.Run(t.Context(), sandbox.Command{Args: script("yes | head -c 100000000"), Limits: limits, SpillDir: dir})
	if err == nil || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), dir) {
		t.Errorf("Run() = %v, want that the disk is full, and where", err)
	}
}
