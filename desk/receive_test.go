package desk_test

import (
	"testing"
	"time"

	"yingda/desk"
)

func TestASecondDeliveryChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	twice := func(in *desk.Inbound) { in.External = "same" }
	first := w.mail("li@customer.example", "help", twice)
	again := w.mail("li@customer.example", "help", twice)
	if !again.Duplicate || again.Conversation != first.Conversation || again.Message != first.Message {
		t.Fatalf("got %+v, want the duplicate of %+v", again, first)
	}
	if n := w.conversation(first.Conversation).Messages; n != 1 {
		t.Fatalf("got %d messages, want 1", n)
	}
}

// UP-E5: strangers never meet in one conversation, whatever subject or id they share.
func TestStrangersNeverShareAConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	li := w.mail("li@customer.example", "help")
	ours := w.answers(li.Conversation, ann)
	wu := w.mail("wu@elsewhere.example", "help")
	quoting := w.mail("eve@elsewhere.example", "Re: help", func(in *desk.Inbound) { in.Thread = []string{ours.RFCMessageID} })
	noIDs := w.mail("ma@elsewhere.example", "help", func(in *desk.Inbound) { in.Message.RFCMessageID = "" })
	seen := map[desk.ConversationID]bool{}
	for _, r := range []desk.Received{li, wu, quoting, noIDs} {
		if seen[r.Conversation] {
			t.Fatalf("got a shared conversation, want four: %+v", r)
		}
		seen[r.Conversation] = true
	}
}

// UP-E6: any one of In-Reply-To, one References element or our token is enough.
func TestAReplyFindsItsConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	ours := w.answers(first.Conversation, ann)
	for name, edit := range map[string]func(*desk.Inbound){
		"In-Reply-To":        func(in *desk.Inbound) { in.Thread = []string{ours.RFCMessageID} },
		"one References id":  func(in *desk.Inbound) { in.Thread = []string{"lost@relay", ours.RFCMessageID, "other@relay"} },
		"our token":          func(in *desk.Inbound) { in.Token = first.Conversation },
		"token, new address": func(in *desk.Inbound) { in.Token = first.Conversation; in.From.Value = "li@phone.example" },
	} {
		if got := w.mail("li@customer.example", "AW: help", edit); got.Conversation != first.Conversation {
			t.Errorf("%s: got conversation %s, want %s", name, got.Conversation, first.Conversation)
		}
	}
}

// UP-X5: a sender nobody vouches for needs the token.
func TestAnUnverifiedSenderJoinsOnlyByToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	ours := w.answers(first.Conversation, ann)
	forged := w.mail("li@customer.example", "Re: help", func(in *desk.Inbound) {
		in.Thread, in.Message.Unverified = []string{ours.RFCMessageID}, true
	})
	if forged.Conversation == first.Conversation {
		t.Fatal("got the forged mail in the conversation, want one of its own")
	}
}

func TestAResolvedConversationReopensInsideItsWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	w.assign(first.Conversation, ann)
	w.answers(first.Conversation, ann, func(r *desk.Reply) { r.Then = desk.Resolved })
	if got := w.conversation(first.Conversation).Status; got != desk.Resolved {
		t.Fatalf("got %s, want resolved once the mail is out", got)
	}
	w.passes(6 * 24 * time.Hour)
	again := w.mail("li@customer.example", "Re: help", func(in *desk.Inbound) { in.Token = first.Conversation })
	c := w.conversation(first.Conversation)
	if again.Conversation != first.Conversation || c.Status != desk.Open {
		t.Fatalf("got %s %s, want the same conversation, open", again.Conversation, c.Status)
	}
	if got := fact[desk.Queued](w, c.ID).Work.Prefer; len(got) != 1 || got[0].Agent != ann || !got[0].Auto {
		t.Fatalf("got preference %+v, want back to ann", got)
	}
}

func TestMailAfterTheWindowOpensALinkedConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	w.answers(first.Conversation, ann, func(r *desk.Reply) { r.Then = desk.Resolved })
	w.passes(8 * 24 * time.Hour)
	later := w.mail("li@customer.example", "Re: help", func(in *desk.Inbound) { in.Token = first.Conversation })
	if later.Conversation == first.Conversation || w.conversation(later.Conversation).Previous != first.Conversation {
		t.Fatalf("got %+v, want a new conversation linked to %s", later, first.Conversation)
	}
}

// UP-E7: automatic mail joins quietly: nothing re-opens, no clock starts, nobody is queued.
func TestAutomaticMailWakesNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	w.answers(first.Conversation, ann, func(r *desk.Reply) { r.Then = desk.Resolved })
	before := w.kinds(first.Conversation)
	w.mail("li@customer.example", "Out of office", func(in *desk.Inbound) {
		in.Token, in.Message.Auto = first.Conversation, desk.AutoReply
	})
	if got := w.conversation(first.Conversation).Status; got != desk.Resolved {
		t.Fatalf("got %s, want still resolved", got)
	}
	if got := w.kinds(first.Conversation)[len(before):]; len(got) != 1 || got[0] != "message_received" {
		t.Fatalf("got facts %v, want the message alone", got)
	}
	alone := w.mail("news@list.example", "Weekly offers", func(in *desk.Inbound) { in.Message.Auto = desk.List })
	if c := w.conversation(alone.Conversation); c.Status != desk.Resolved || c.Waiting() {
		t.Fatalf("got %s, want a list mail to be nobody's work", c.Status)
	}
}

// UP-E8, UP-E10: a bounce marks the very message, brings the conversation back and un-meets its clock.
func TestABouncedAnswerComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mail("li@customer.example", "help")
	w.assign(first.Conversation, ann)
	ours := w.answers(first.Conversation, ann, func(r *desk.Reply) { r.Then = desk.Pending })
	notice := w.mail("mailer-daemon@relay.example", "Undelivered", func(in *desk.Inbound) {
		in.Message.Auto = desk.Bounce
		in.Bounces = []desk.BounceOf{{RFCMessageID: ours.RFCMessageID, Recipient: "customer@example.com", Status: "5.1.1", Permanent: true, Diagnostic: "no such user"}}
	})
	if notice.Conversation != first.Conversation {
		t.Fatalf("got the notice in %s, want %s", notice.Conversation, first.Conversation)
	}
	if f := fact[desk.MessageFailed](w, first.Conversation); f.Message != ours.ID || !f.Bounced {
		t.Fatalf("got %+v, want the bounce of %s", f, ours.ID)
	}
	c := w.conversation(first.Conversation)
	if c.Status != desk.Open || c.DueTarget != desk.FirstResponse {
		t.Fatalf("got %s due %q, want open and the first response running again", c.Status, c.DueTarget)
	}
}

func TestAChatVisitorHasOneOpenConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.chat("v1", "hello"), w.chat("v1", "anybody?")
	if a.Conversation != b.Conversation || b.Number != 2 {
		t.Fatalf("got %+v and %+v, want one conversation numbered 1, 2", a, b)
	}
	if other := w.chat("v2", "hello"); other.Conversation == a.Conversation {
		t.Fatal("got two visitors in one conversation")
	}
}

// UP-E20: what was there before we came is recorded and answered by nobody.
func TestHistoryStartsNoClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.mail("li@customer.example", "from last year", func(in *desk.Inbound) { in.History = true })
	c := w.conversation(old.Conversation)
	if c.Status != desk.Resolved || !c.DueAt.IsZero() {
		t.Fatalf("got %s due %v, want resolved without a promise", c.Status, c.DueAt)
	}
}

func TestIncompleteInboundIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.svc.Receive(w.ctx(), desk.Inbound{Inbox: mailbox, Medium: desk.Email})
	wantReason(t, err, "inbound_incomplete")
	_, err = w.svc.Receive(w.ctx(), desk.Inbound{Inbox: "nowhere", Medium: desk.Email, External: "1", From: desk.Identity{Kind: desk.ByEmail, Value: "a@b"}})
	wantReason(t, err, "inbox_unknown")
}
