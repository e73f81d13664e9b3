// Package api holds what is judged and what comes out: submissions and run requests with their decoding and validation,
// reports, run results, progress events, and the error that says that a request can never work. The types are the JSON
// messages that go over the queue; each has a JSON Schema in configs/schemas. Package queue/message has the subjects,
// streams and buckets.
//
// It imports judge/verdict alone, so that a platform can build against it without the worker's libraries.
package api
