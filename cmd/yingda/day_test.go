package main

import (
	"strings"
	"testing"

	"yingda/webui"
)

// A mail comes, is offered to somebody who is there, is answered for real, and the customer's answer joins it
// (UP-E6, UP-R1).
func TestAMailIsAnswered(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	ann := c.SignsIn("ann")
	asked := c.EmailArrives("li@customer.test", "发票抬头怎么改", "订单 A20931 的发票抬头写错了，请改成公司。")

	conv := ann.Accepts(ann.IsOffered("email"))
	if conv.Subject != "发票抬头怎么改" || conv.Contact.Name == "" && conv.Contact.ID == "" {
		t.Errorf("accepted: got %q of %+v, want the mail and its customer", conv.Subject, conv.Contact)
	}
	if _, err := clockOf(ann.Reads(conv), "first_response"); err != nil {
		t.Errorf("before the answer: %v, want one running", err)
	}
	sent := ann.Replies(conv, "已经改好了。")
	answer := c.Mailbox("li@customer.test").Has("已经改好了。")
	if answer.Get("In-Reply-To") != asked.id || !strings.Contains(answer.Get("References"), asked.id) {
		t.Errorf("the answer's thread: got In-Reply-To %q References %q, want %s", answer.Get("In-Reply-To"), answer.Get("References"), asked.id)
	}
	if got := answer.Get("Reply-To"); !strings.HasPrefix(got[strings.LastIndex(got, "<")+1:], "help+") {
		t.Errorf("Reply-To: got %q, want our address with a token", got)
	}
	until(t, "the answer counts as sent and the clock is met", func() bool {
		_, running := clockOf(ann.Reads(conv), "first_response")
		for _, m := range ann.Thread(conv) {
			if m.ID == sent.ID && m.Delivery == "sent" {
				return running != nil
			}
		}
		return false
	})

	ann.Sets(conv, map[string]any{"status": "resolved"})
	c.Mailbox("li@customer.test").Answers(answer, "谢谢！还有一个问题。")
	again := ann.Finds("the customer's answer in the same conversation, open again", func(x webui.Conversation) bool {
		return x.ID == conv.ID && x.Status == "open" && x.Messages == 3
	})
	if _, err := clockOf(again, "next_response"); err != nil {
		t.Errorf("after the customer's answer: %v, want one running", err)
	}
	if n := len(ann.List("status=any")); n != 1 {
		t.Errorf("conversations: got %d, want 1", n)
	}
}

// A chat goes both ways, ticks show what was read, and a cut line loses nothing (UP-W1, UP-W8).
func TestAChatBothWays(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	ann := c.SignsIn("ann")
	visitor := c.VisitorComes()
	visitor.Says("你好，周末几点开门？")
	conv := ann.Accepts(ann.IsOffered("chat"))
	ann.Watches(conv)
	if k, err := clockOf(conv, "first_response"); err == nil && k.State != "running" {
		t.Errorf("first response: got %s, want running", k.State)
	}

	ann.Replies(conv, "九点开门。")
	number := visitor.Hears("九点开门。")
	visitor.tells(chatFrame{Type: "read", Number: number})
	ann.Sees("the tick: read", func(f frame) bool {
		return f.Kind == "message_changed" && f.Message.Number == number && f.Message.Delivery == "read" ||
			f.Kind == "conversation" && f.about().ID == conv.ID && f.about().VisitorRead >= number
	})
	visitor.tells(chatFrame{Type: "typing", On: true})
	ann.Sees("that the visitor types", func(f frame) bool { return f.Kind == "typing" && f.On })

	visitor.LineIsCut()
	ann.Replies(conv, "第一句")
	ann.Replies(conv, "第二句")
	visitor.Returns(number)
	first, second := visitor.Hears("第一句"), visitor.Hears("第二句")
	if first != number+1 || second != number+2 {
		t.Errorf("after the cut: got numbers %d and %d, want %d and %d", first, second, number+1, number+2)
	}
	visitor.Says("谢谢")
	ann.Sees("thanks", func(f frame) bool { return f.Kind == "message" && f.Message.Text == "谢谢" })
	if n := len(ann.Thread(conv)); n != 5 {
		t.Errorf("the thread: got %d messages, want 5", n)
	}
}

// A call rings, pops up on one agent only, is answered by extension and ends; capacity is whole again afterwards
// (UP-V5, UP-R2).
func TestACallIsAnswered(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	people := map[string]*person{"801": c.SignsIn("ann"), "802": c.SignsIn("bo")}
	call, told := c.CallRings("13800138000")
	chosen, ok := people[told.Ring.Extension]
	if !ok {
		t.Fatalf("whom to ring: got extension %q, want 801 or 802", told.Ring.Extension)
	}
	offer := chosen.IsOffered("voice")
	chosen.handled.add(offer.ID)
	call.IsPickedUpAt(told.Ring.Extension)
	conv := chosen.Finds("the call in hand", func(x webui.Conversation) bool { return x.ID == told.Conversation && x.Assignee == chosen.id })
	for _, p := range people {
		offers := p.socket.count(func(f frame) bool { return f.Kind == "offer" })
		if p != chosen && offers != 0 {
			t.Errorf("%s: got %d offers, want none", p.id, offers)
		}
	}
	if _, err := clockOf(conv, "answer"); err == nil {
		t.Error("the answer clock still runs after the call was picked up")
	}
	call.Ends("answered")
	until(t, "the call's end stands in the thread", func() bool {
		for _, m := range chosen.Thread(conv) {
			if m.Call != nil && m.Call.Outcome == "answered" && m.Call.Agent == chosen.id {
				return true
			}
		}
		return false
	})
}

// Nobody is there: the call is missed and becomes a callback, which the supervisor's board shows until somebody called
// back (UP-V2, UP-R9).
func TestAMissedCallIsCalledBack(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	lea := c.SignsIn("lea")
	call, told := c.CallRings("13900139000")
	if told.Ring.Extension != "" {
		t.Fatalf("whom to ring: got %q, want nobody", told.Ring.Extension)
	}
	call.Ends("abandoned")
	conv := lea.Finds("the callback", func(x webui.Conversation) bool {
		_, err := clockOf(x, "callback")
		return x.ID == told.Conversation && err == nil
	})
	found := false
	for _, row := range lea.Board().Next {
		found = found || row.Conversation.ID == conv.ID && row.Clock.Target == "callback"
	}
	if !found {
		t.Error("the board's next promises: the callback is not among them")
	}
	ann := c.SignsIn("ann")
	mine := ann.Accepts(ann.IsOffered("voice"))
	ann.Does(mine, "called-back", map[string]any{"note": "reached him"})
	if _, err := clockOf(ann.Reads(mine), "callback"); err == nil {
		t.Error("the callback clock still runs after calling back")
	}
}
