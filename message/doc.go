// Package message is the contract between platforms and workers: the JSON messages, the subjects, streams and buckets
// they go through, and what is refused. It imports nothing of Gavel, so that a platform can build against it alone.
//
//	Submission   judge.submissions.<pool>.<lane>[.<namespace>]   platform -> SUBMISSIONS -> worker
//	Event        judge.events.<submission>                       worker -> EVENTS -> platform
//	Report       judge.verdicts.<submission>.<attempt>           worker -> VERDICTS -> platform
//	DeadLetter   judge.dead.<submission>                         worker -> DEAD -> operator
//	WorkerInfo   judge-workers, one entry for each worker        worker -> registry -> whoever asks
//	Submission   judge.archive.<submission>                      worker -> ARCHIVE -> whoever judges it again
//	a number     $KV.judge-attempts.<submission>                 platform -> bucket -> platform: the current attempt
//	Cancellation $KV.judge-cancellations.<submission>.<attempt>  platform -> bucket -> worker
//
// Each has a JSON Schema in configs/schemas.
package message
