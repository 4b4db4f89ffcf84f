// Package channels is the edge: how customers reach the desk and how answers leave it.
//
// It owns the outbox and the words every channel shares. It promises that a queued message is tried until the other
// side takes or refuses it, and that no message leaves twice by itself. It never decides what a message means: that is
// the desk's, through [Intake] and [Results].
//
// Push channels (chat) listen to the feed and need no outbox; store-and-forward channels (mail) have a [Sender] and
// are driven by the [Outbox]:
//
//	queued ── Claim ──▶ claimed ── Sending ──▶ on the wire ──▶ Sent
//	  ▲                    │                        ├────────▶ Failed   the other side refused for good
//	  └──── Delayed ◀──────┴────────────────────────┤
//	        (not before)                            └────────▶ Unknown  nobody knows: only a person sends again
//
// A node that dies while claimed loses its lease and the row is claimed again. One that dies on the wire leaves a
// stranded row, which becomes Unknown (UP-E9: the same reply 2–25 times).
package channels
