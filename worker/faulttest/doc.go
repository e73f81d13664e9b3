// Package faulttest breaks a whole installation on purpose, with real processes, and holds it to its promise: each
// accepted submission gets exactly one verdict, the right one, whatever dies and when.
//
//	publishers ──────────────> n1 ── n2 ── n3      three servers, streams with three replicas
//	                            │  ╳ links  │      between servers, and between a worker and each server,
//	observer <── verdicts       └──╳────────┘      proxies that hang up, hold back or swallow
//	                               │
//	injectors ─ faults ─>       w1   w2   w3       three workers with containers, built with the tag "faults"
//
// A seeded schedule breaks servers and workers side by side, one of each at a time, while submissions of known verdicts
// are published. At the end everything is healed, and looked at: verdicts, last events, what is left in the streams and
// on the host. All of it is tests.
package faulttest
