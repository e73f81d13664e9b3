package doctor

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/connect"
)

// natsWait is the longest that doctor waits for a server, whatever --nats-wait says.
const natsWait = 5 * time.Second

// lowInodes is how few files may still be made before doctor warns: a prepared cache has thousands.
const lowInodes = 50_000

// describeDisk reports what is free on the file system of the state directory.
func describeDisk(fs unix.Statfs_t) []finding {
	free := sandbox.Bytes(fs.Bavail) * sandbox.Bytes(fs.Bsize)
	disk := pass("disk", gibibytes(free)+" free")
	if free < lowDisk {
		disk = warn("disk", disk.Detail, "free some space or move the state with --state-dir DIR")
	}
	return []finding{disk, describeInodes(fs)}
}

func describeInodes(fs unix.Statfs_t) finding {
	switch {
	case fs.Files == 0:
		return pass("inodes", "as many as the disk has room for")
	case fs.Ffree < lowInodes:
		return warn("inodes", fmt.Sprintf("%d free", fs.Ffree), "remove files, or move the state with --state-dir DIR")
	}
	return pass("inodes", fmt.Sprintf("%d free", fs.Ffree))
}

// checkNATS tries the server of --nats-url. Without one the worker brings its own, and there is nothing to try.
func checkNATS(ctx context.Context, settings connect.Settings) []finding {
	if settings.URL == "" {
		return nil
	}
	cfg, err := settings.Connection(string(settings.URL))
	if err != nil {
		return []finding{fail("NATS", err, "mend the --nats settings")}
	}
	if cfg.Wait <= 0 || cfg.Wait > natsWait {
		cfg.Wait = natsWait
	}
	conn, err := client.Connect(ctx, cfg)
	if err != nil {
		return []finding{fail("NATS", err, "start it, or mend --nats-url and the other --nats settings")}
	}
	defer conn.Close()
	if settings.Anonymous() {
		return []finding{warn("NATS", "reachable at "+conn.URL()+" by everybody: they may read sources and packages, and forge verdicts",
			"give the server users (configs/nats/accounts.conf), unless nobody else reaches it")}
	}
	return []finding{pass("NATS", "reachable at "+conn.URL())}
}
