// Package webui is the house's front door: the REST API, the console's live socket and the pages themselves.
//
// It owns what goes over the wire, who may see and do what, and the mapping of refusals to HTTP. It promises that
// every route and socket topic is checked against session, role and scope, that something that is not yours looks
// exactly like something that is not there (UP-X3, UP-X4), and that a page which lost its connection resumes without
// a gap. It never decides what a change means (that is desk), never talks SQL or Redis, and never writes a sentence:
// it sends codes, reasons and parameters, and the page speaks.
//
// # Where things are
//
//	server.go      dependencies, the engine, what stands before every handler
//	ports.go       what is asked of the records
//	wire_*.go      the shapes on the wire; make_*.go turn desk's nouns into them
//	ops_*.go       the operations, one file per noun: parse, ask, answer
//	errors.go      refusals to HTTP; reasons.go the table of all of them
//	hub.go         the live hub: facts in, frames out; conn.go one socket; board.go the live counts
//	openapi.go     the document that docs and the page's types come from
package webui

//go:generate go run ./generate
