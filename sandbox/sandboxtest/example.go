package sandboxtest

import (
	"io"
	"os"
	"testing"
)

// Example runs a godoc example and compares what it prints with want. It is for examples that need what not every host
// has: go test would run them everywhere if they had an Output comment.
func Example(t testing.TB, example func(), want string) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	stdout := os.Stdout
	os.Stdout = write
	func() {
		defer func() { os.Stdout = stdout }()
		defer write.Close()
		example()
	}()
	got, err := io.ReadAll(read) // the pipe holds 64 KiB, which no example prints
	if err != nil || string(got) != want {
		t.Errorf("the example printed, %v:\n%s\nwant:\n%s", err, got, want)
	}
}
