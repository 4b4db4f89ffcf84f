package main

import (
	"encoding/json"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/webui"
)

// acknowledging lets the house's mail inbox answer by itself what opens a conversation.
func acknowledging(h *house) {
	inbox := h.mailInbox()
	var channel map[string]any
	if err := json.Unmarshal(inbox.Channel, &channel); err != nil {
		h.Fatal(err)
	}
	channel["ack"] = map[string]any{"enabled": true}
	raw, err := json.Marshal(channel)
	if err != nil {
		h.Fatal(err)
	}
	inbox.Channel = raw
	with(desk.SettingInbox, "help", inbox)(h)
}

// UP-E7, UP-E16: the customer is told at once by when; what is written aside reaches the carrier alone, whose answer joins
// aside by its reply address; the customer's answer goes to the customer alone, quotes their mail and nothing else.
func TestPromisedAndAskedAside(t *testing.T) {
	t.Parallel()
	c := openHouse(t, acknowledging)
	ann := c.SignsIn("ann")
	c.EmailArrives("li@customer.test", "包裹没到", "我的包裹还没到。")
	ack := c.Mailbox("li@customer.test").Has("您的来信“包裹没到”已收到")
	if ack.Get("Auto-Submitted") != "auto-replied" || !strings.Contains(ack.Get("X-Auto-Response-Suppress"), "All") {
		t.Errorf("acknowledgement: got Auto-Submitted %q, Suppress %q", ack.Get("Auto-Submitted"), ack.Get("X-Auto-Response-Suppress"))
	}
	conv := ann.Accepts(ann.IsOffered("email"))
	if _, err := clockOf(ann.Reads(conv), "first_response"); err != nil {
		t.Errorf("an automatic mail met the clock: %v", err)
	}
	var aside webui.Message
	ann.must("POST", "/conversations/"+conv.ID+"/sides", map[string]any{
		"to": []map[string]string{{"address": "depot@carrier.test"}}, "text": "包裹 7 在哪里？", "undo_s": 0,
	}, &aside)
	asked := c.Mailbox("depot@carrier.test").Has("包裹 7 在哪里？")
	c.Mailbox("depot@carrier.test").Answers(asked, "在上海。")
	until(t, "the carrier's answer stands aside", func() bool {
		for _, m := range ann.Thread(conv) {
			if m.Direction == "in" && m.Side == aside.ID && strings.Contains(m.Text, "在上海") {
				return true
			}
		}
		return false
	})
	ann.Replies(conv, "包裹在上海，明天送到。")
	c.Mailbox("li@customer.test").Has("包裹在上海，明天送到。")
	for _, mail := range c.Mailbox("li@customer.test").All() {
		if text := mail.text; strings.Contains(text, "包裹 7 在哪里") || strings.Contains(mail.Get("References"), strings.Trim(asked.Get("Message-ID"), "<>")) {
			t.Errorf("the customer got something of what was written aside: %s", text)
		}
	}
}
