//go:build ignore

// Two goroutines burn 0.7 s each on the largest test: less than the limit on the
// wall clock when they run side by side, more than it in CPU time.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// threadCPU is the CPU time of the calling thread in microseconds.
func threadCPU() int64 {
	const rusageThread = 1
	var usage syscall.Rusage
	syscall.Getrusage(rusageThread, &usage)
	return usage.Utime.Nano()/1000 + usage.Stime.Nano()/1000
}

func burn() {
	runtime.LockOSThread()
	for start := threadCPU(); threadCPU()-start < 700_000; {
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	var sum int64
	fmt.Fscan(in, &n)
	for range n {
		var entry int64
		fmt.Fscan(in, &entry)
		sum += entry
	}
	if n == 100000 {
		var both sync.WaitGroup
		both.Go(burn)
		both.Go(burn)
		both.Wait()
	}
	fmt.Println(sum)
}
