// Package testkit owns the servers tests run against: PostgreSQL, Redis,
// Dovecot, an SMTP sink, an in-memory IMAP server and a wire that can be cut.
// It promises that each of them is the real program or a real protocol server,
// listens on a free loopback port in a folder of its own, and is gone with the
// test that asked for it, even when the test process is killed. It never
// pretends: a program that isn't installed skips the test with a line that says
// so, or fails it where CI=true.
//
// # Which lives how long
//
//	Postgres(t)      fresh database; the cluster is shared by the process, or by
//	                 the whole run where TEST_POSTGRES names one
//	PostgresServer   a cluster of its own, to be crashed and started again
//	Redis(t)         a server of its own: it starts in about 20 ms
//	Dovecot(t, …)    a server of its own: it starts in about 100 ms
//	SMTPSink, IMAP   in this process
//	Wire             in this process
//
// A package that uses Postgres should end its test process through Main (or
// Around, for goleak), so that the shared cluster stops before the process
// does. Without it the cluster still dies with the process; only a little later.
package testkit
