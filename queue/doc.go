// Package queue takes submissions from NATS JetStream and gives verdicts back.
//
// It promises that each submission that the stream accepted gets exactly one verdict per attempt, whatever dies and
// when, and that what can never be judged also goes into the dead-letter stream with the reason.
//
//	platform --judge.submissions.<pool>.<lane>--> SUBMISSIONS (work queue), one consumer for each lane
//	                   judge.doorbell.<pool>.<lane> <--|  | one pull for each free slot, into the lane
//	                     (wakes idle slots)            |  | that got least of their time for its weight
//	                              slot: decode, heartbeat, Judge, events
//	                                                   |
//	   VERDICTS <--judge.verdicts.<submission>.<attempt>--+--judge.events.<submission>--> EVENTS
//	      (refuses a second one)                       |
//	                                                   +--judge.dead.<submission>--> DEAD
//	                                              double ack
//
// What rests on what:
//
//   - A submission stays in SUBMISSIONS until it is acknowledged, and it is acknowledged only after its verdict is
//     stored. A worker that dies anywhere before leaves it to be delivered again when the acknowledgement wait is over.
//   - A verdict is published with "expected last subject sequence 0": the server stores the first one for a
//     submission's attempt and refuses every later one, so two workers may judge the same attempt and one verdict is
//     seen.
//   - The last event is stored before the acknowledgement, and so is the message in ARCHIVE, unless the server refuses it:
//     without the first the submission is delivered again, without the second it only cannot be judged again.
//   - A cancellation is an entry of a bucket. Who has the attempt in hand is notified at once and reads the entry once
//     more before it publishes, so that what was canceled before it was delivered is never judged to the end; and its
//     verdict CANCELED is a verdict like the others, of which the server stores the first. What nobody has in hand, one
//     worker looks for in the queue, and gives it that verdict there.
//   - The server redelivers for ever. The worker counts the tries, and after the last one it publishes a judge error and
//     a dead letter, also when all earlier ones ended in the death of a worker. What was handed back by a stopping
//     worker, or left to another one, is no try; that is kept in a bucket, and where it is lost there is a try less.
//   - A notification promises nothing: a worker that missed it polls within a second.
//
// The pieces: Worker takes submissions, Service answers run requests in its
// free slots, Registration tells what the worker is and does, Peers what others are.
// Package queue/client makes connections, and is the platform's side; queue/embedded runs a server in the process.
package queue
