// Package chat is the web chat edge: the widget's HTTP, its sockets and its pages.
//
// It owns the visitors who are connected to this node and the words between widget and server (frames.go). It promises
// that an acknowledged message is in the record, and that a visitor who comes back sees every public message of the
// conversation once and in order, in every tab. It never decides who answers or what a conversation becomes, and it
// never believes who a visitor says to be without the firm's signature.
//
// # How nothing is lost
//
//	widget ── send{client_id} ──▶ desk.Receive ── commit ──▶ ack{client_id, number}
//	record ── fact ──▶ Feed ──▶ Listen ──▶ room ── everything after the socket's number ──▶ widget
//
// A push carries no message of its own: it makes the room read the record after the last number each socket has. So a
// push may be lost, doubled or late, and the thread is not (UP-W1). A socket that cannot keep up is closed with 4008 and
// comes back with the number it has.
//
// # Who a visitor is
//
// A visitor is a random id in a token signed by this server, or, when the page brings an identity signed with the
// inbox's secret, the firm's own customer (UP-W3). A stranger who signs in takes the chat that is open along; what a customer
// said while signed in is not there once they are signed out.
package chat
