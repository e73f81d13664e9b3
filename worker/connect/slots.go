package connect

import (
	"context"

	"github.com/gaveloj/gavel/queue/client"
)

// CountSlots is how many slots and workers a pool has; 0 where that cannot be known.
func CountSlots(ctx context.Context, platform *client.Client, pool string) (slots, workers int) {
	all, err := platform.Workers(ctx)
	if err != nil {
		return 0, 0 // not every platform may ask
	}
	for i := range all {
		if all[i].Pool == pool && all[i].Live() {
			slots += all[i].Slots
			workers++
		}
	}
	return slots, workers
}
