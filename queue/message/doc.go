// Package message is what goes over the queue beside submissions, reports and events, which are in judge/api: the
// subjects, streams and buckets, the worker registry, cancellations and dead letters.
//
//	api.Submission   judge.submissions.<pool>.<lane>[.<namespace>]   platform -> SUBMISSIONS -> worker
//	api.Event        judge.events.<submission>                       worker -> EVENTS -> platform
//	api.Report       judge.verdicts.<submission>.<attempt>           worker -> VERDICTS -> platform
//	DeadLetter       judge.dead.<submission>                         worker -> DEAD -> operator
//	WorkerInfo       judge-workers, one entry for each worker        worker -> registry -> whoever asks
//	Hands            judge.inhand (request)                          worker -> operator who asks
//	api.Submission   judge.archive.<submission>                      worker -> ARCHIVE -> whoever judges it again
//	a number         $KV.judge-attempts.<submission>                 platform -> bucket -> platform: the current attempt
//	Cancellation     $KV.judge-cancellations.<submission>.<attempt>  platform -> bucket -> worker
//
// It imports judge/api and judge/verdict alone, so that a platform can build against it without the worker's libraries.
package message
