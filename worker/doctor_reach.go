package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/sandbox"
)

// doctorPatience is the longest that doctor waits for a server, whatever --nats-wait says.
const doctorPatience = 5 * time.Second

// lowInodes is how few files may still be made before doctor warns: a prepared cache has thousands.
const lowInodes = 50_000

// describeDisk tells what is free on the file system of the state directory.
func describeDisk(fs unix.Statfs_t) []finding {
	free := sandbox.Bytes(fs.Bavail) * sandbox.Bytes(fs.Bsize)
	disk := good("disk", gibibytes(free)+" free")
	if free < lowDisk {
		disk = poor("disk", disk.Detail, "free some space or move the state with --state-dir DIR")
	}
	return []finding{disk, describeInodes(fs)}
}

func describeInodes(fs unix.Statfs_t) finding {
	switch {
	case fs.Files == 0:
		return good("inodes", "as many as the disk has room for")
	case fs.Ffree < lowInodes:
		return poor("inodes", fmt.Sprintf("%d free", fs.Ffree), "remove files, or move the state with --state-dir DIR")
	}
	return good("inodes", fmt.Sprintf("%d free", fs.Ffree))
}

// checkNATS tries the server of --nats-url. Without one the worker brings its own, and there is nothing to try.
func checkNATS(ctx context.Context, settings natsSettings) []finding {
	if settings.URL == "" {
		return nil
	}
	cfg, err := settings.connection(string(settings.URL))
	if err != nil {
		return []finding{bad("NATS", err, "mend the --nats settings")}
	}
	if cfg.Wait <= 0 || cfg.Wait > doctorPatience {
		cfg.Wait = doctorPatience
	}
	conn, err := client.Connect(ctx, cfg)
	if err != nil {
		return []finding{bad("NATS", err, "start it, or mend --nats-url and the other --nats settings")}
	}
	defer conn.Close()
	return []finding{good("NATS", "reachable at "+conn.URL())}
}
