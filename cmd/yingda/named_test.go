package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// TestWhatNamesNobodyIsRefused: an alert or a policy that names what is not there is refused where it does; what its
// stored version names may stay, though that is gone.
func TestWhatNamesNobodyIsRefused(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	n, stop := s.opens()
	defer stop()
	s.change(n, document(desk.SettingQueue, "help", desk.Queue{ID: "help", Name: "Help"}))
	s.change(n, document(desk.SettingSkill, "refunds", map[string]string{"id": "refunds", "name": "Refunds"}))
	rule := desk.AlertRule{ID: "x", Name: "X", Measure: desk.MeasureWaiting, Raise: 1}
	policy := sla.Policy{ID: "x", Name: "X", Targets: []sla.Promise{{Target: desk.Resolution, Within: 7}}}
	alert := func(edit func(*desk.AlertRule)) desk.Setting {
		r := rule
		edit(&r)
		return document(desk.SettingAlert, "x", r)
	}
	promise := func(edit func(*sla.Policy)) desk.Setting {
		p := policy
		edit(&p)
		return document(desk.SettingPolicy, "x", p)
	}
	tells := func(kind desk.RecipientKind) []desk.Recipient {
		return []desk.Recipient{{Kind: desk.ToSupervisors}, {Kind: kind, ID: "nope"}}
	}
	for _, c := range []struct {
		field string
		doc   desk.Setting
	}{
		{"queues", alert(func(r *desk.AlertRule) { r.Queues = []desk.QueueID{"help", "nope"} })},
		{"inboxes", alert(func(r *desk.AlertRule) { r.Inboxes = []desk.InboxID{"nope"} })},
		{"to", alert(func(r *desk.AlertRule) { r.To = tells(desk.ToAgent) })},
		{"to", alert(func(r *desk.AlertRule) { r.To = tells(desk.ToWebhook) })},
		{"notices_in", alert(func(r *desk.AlertRule) { r.NoticesIn = "nope" })},
		{"when.queues", promise(func(p *sla.Policy) { p.When.Queues = []desk.QueueID{"help", "nope"} })},
		{"when.inboxes", promise(func(p *sla.Policy) { p.When.Inboxes = []desk.InboxID{"nope"} })},
		{"when.skills", promise(func(p *sla.Policy) { p.When.Skills = []string{"refunds", "nope"} })},
		{"ladder[0].to[1].id", promise(func(p *sla.Policy) { p.Ladder = []sla.Step{{Level: 100, To: tells(desk.ToAgent)}} })},
		{"ladder[0].to[1].id", promise(func(p *sla.Policy) { p.Ladder = []sla.Step{{Level: 100, To: tells(desk.ToWebhook)}} })},
	} {
		_, err := n.desk.SaveSetting(t.Context(), desk.System(), c.doc)
		var e *desk.Error
		if !errors.As(err, &e) || e.Reason != "setting_invalid" || e.Params["field"] != c.field || !strings.Contains(e.Params["detail"], `"nope"`) {
			t.Errorf("%s %s: got %v, want setting_invalid of %s", c.doc.Kind, c.doc.Doc, err, c.field)
		}
		unchecked := desk.New(desk.Config{Store: n.db, Promises: n.promises, Now: n.now, NewID: newID})
		c.doc.ID = "old"
		c.doc.Doc = bytes.Replace(c.doc.Doc, []byte(`"id":"x"`), []byte(`"id":"old"`), 1)
		was, err := n.db.Setting(t.Context(), c.doc.Kind, "old")
		if err != nil && !errors.Is(err, desk.ErrNotFound) {
			t.Fatal(err)
		}
		c.doc.Version = was.Version
		old, err := unchecked.SaveSetting(t.Context(), desk.System(), c.doc)
		if err != nil {
			t.Fatal(err)
		}
		old.Doc = bytes.Replace(old.Doc, []byte(`"name":"X"`), []byte(`"name":"Y"`), 1)
		if _, err := n.desk.SaveSetting(t.Context(), desk.System(), old); err != nil {
			t.Errorf("%s %s: got %v, want what it named before to stay", c.doc.Kind, c.field, err)
		}
	}
	s.change(n, alert(func(r *desk.AlertRule) { r.Queues = []desk.QueueID{"help"} }))
	s.change(n, promise(func(p *sla.Policy) {
		p.When = sla.Conditions{Queues: []desk.QueueID{"help"}, Skills: []string{"refunds"}}
	}))
}

// A policy of the seeds takes the place of the built-in one, and may name the built-in queue and people who stand later
// in the file.
func TestASeededPolicyNamesPeople(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	head, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.writes(string(head) + `
seed:
  - kind: policy
    id: email-24h
    doc:
      name: Ours
      when: {queues: [general]}
      targets: [{target: first_response, within_s: 60}]
      ladder: [{level: 100, to: [{kind: agent, id: wang}]}]
  - kind: agent
    id: wang
    doc: {name: Wang, email: wang@house.test, role: agent}
`)
	n := s.node()
	p := &program{out: &bytes.Buffer{}}
	if err := p.firstStart(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	set, err := n.db.Setting(t.Context(), desk.SettingPolicy, "email-24h")
	if err != nil || !strings.Contains(string(set.Doc), "Ours") || set.Version != 1 {
		t.Errorf("got %s (version %d, %v), want the seed's", set.Doc, set.Version, err)
	}
}
