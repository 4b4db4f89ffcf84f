// Package store keeps the records: one SQL text for SQLite and PostgreSQL.
//
// It owns the schema, the group-committing writer, the numbered log of facts, the reads behind every list, the blobs,
// secrets, sessions and leases. It promises that what was acknowledged is stored, that facts are numbered in commit
// order without a hole, and that both engines give the same answers (storetest is the proof). It never decides: who
// may see what arrives as a [Scope], and what a change means is desk's.
//
// # The writer
//
//	callers ──► Update ──► one goroutine: take what waits (≤ 256 units)
//	                         begin, lock the feed row, load what the units name      one round trip
//	                         run fn after fn over an identity map                    no SQL
//	                         buffered writes, facts with seq = last+1…, COMMIT       one round trip
//	                       wake the feed, answer the callers
//
// An SQL error rolls the batch back; then each unit runs alone and only the guilty one fails. A connection lost at
// COMMIT is an unknown outcome and is returned as such, never replayed.
//
// # Files
//
//	open, sqlite, postgres, migrate     engines
//	writer, batch, unit, tx_*, flush    the one write path
//	conversations, messages, contacts…  columns and row scanning, each beside its SQL
//	list, row, card, search, route      reads for screens, router and clocks
//	facts, shape                        the stored form of facts, pinned by golden files
package store
