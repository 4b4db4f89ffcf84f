package main

import (
	"testing"
	"time"

	"yingda/internal/testkit"
)

// onServers keeps the record in PostgreSQL and the routing index in a real Redis.
func onServers(h *house) {
	onPostgres(h)
	h.cfg.Redis.Addresses = []string{testkit.Redis(h)}
}

// Two nodes on one record: what comes in at one is offered, accepted and answered at the other, passing news crosses
// over, and when the first is killed the second leads on (UP-A4).
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	c := newHouse(t, onServers)
	c.prepare()
	a := c.newProcess().Starts()
	b := c.newProcess().Starts()
	c.base = a.base // mail is read by either, webhooks and widgets go to a
	ann := c.SignsInAt(b.base, "ann")

	visitor := c.VisitorComesAt(a.base)
	visitor.Says("你好")
	conv := ann.Accepts(ann.IsOffered("chat"))
	ann.Watches(conv)
	ann.Replies(conv, "您好，请讲。")
	visitor.Hears("您好，请讲。")
	visitor.types(func() bool {
		_, ok, _, _ := ann.socket.look(func(f frame) bool { return f.Kind == "typing" && f.On })
		return ok
	})
	c.EmailArrives("gao@customer.test", "Two nodes", "x")
	mail := ann.Accepts(ann.IsOffered("email"))
	ann.Replies(mail, "From the other node.")
	c.Mailbox("gao@customer.test").Has("From the other node.")

	a.Kill()
	killed := time.Now()
	late := c.VisitorComesAt(b.base)
	late.Says("还有人吗？")
	next := ann.Accepts(ann.IsOffered("chat"))
	t.Logf("the second node offered %v after the first was killed", time.Since(killed).Round(time.Millisecond))
	ann.Replies(next, "有的。")
	late.Hears("有的。")
	c.EmailArrives("gao@customer.test", "After the kill", "y")
	ann.IsOffered("email")
	db, done := c.record()
	defer done()
	c.sameAsRedis(db)
	c.isTrue(db)
}

// types keeps typing until seen: a signal may be lost, and nodes learn of each other in time.
func (v *visitor) types(seen func() bool) {
	v.Helper()
	next := time.Now()
	until(v, "the other node shows the visitor typing", func() bool {
		if now := time.Now(); now.After(next) {
			next = now.Add(time.Second)
			v.tells(chatFrame{Type: "typing", On: true})
		}
		return seen()
	})
}
