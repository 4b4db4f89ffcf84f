package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"yingda/desk"
)

// A queue's numbers go into arithmetic with durations: what nobody can mean is refused before it does.
func TestQueueDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for field, edit := range map[string]func(*desk.Queue){
		"name":               func(q *desk.Queue) { q.Name = "a\x00b" },
		"ring_s":             func(q *desk.Queue) { q.Ring = -5 },
		"target_s":           func(q *desk.Queue) { q.Target = 1 << 62 },
		"rule":               func(q *desk.Queue) { q.Rule = "loudest" },
		"auto_accept":        func(q *desk.Queue) { q.AutoAccept = []desk.Medium{"fax"} },
		"weights":            func(q *desk.Queue) { q.Weights = map[desk.Medium]int{desk.Email: -10} },
		"wrap_up_s":          func(q *desk.Queue) { q.WrapUp = map[desk.Medium]int{desk.Voice: 1 << 40} },
		"tier_boost_min":     func(q *desk.Queue) { q.TierBoost = map[desk.Tier]int{desk.Key: 1 << 60} },
		"priority_boost_min": func(q *desk.Queue) { q.PrioBoost = map[desk.Priority]int{desk.High: -1} },
		"overflow":           func(q *desk.Queue) { q.Overflow = []desk.Overflow{{After: -1, Queue: general}} },
		"relax":              func(q *desk.Queue) { q.Relax = []desk.Relax{{After: 1, By: 99}} },
		"owner_wait_s":       func(q *desk.Queue) { q.OwnerWait = -1 },
		"last_agent_wait_s":  func(q *desk.Queue) { q.LastWait = -1 },
		"last_agent_days":    func(q *desk.Queue) { q.LastDays = 1 << 40 },
	} {
		q := desk.Queue{ID: "odd", Name: "Odd"}
		edit(&q)
		raw, err := json.Marshal(q)
		w.must(err)
		_, err = w.svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: desk.SettingQueue, ID: "odd", Doc: raw})
		var e *desk.Error
		if !errors.As(err, &e) || e.Reason != "setting_invalid" || e.Params["field"] != field {
			t.Errorf("a queue with a wrong %s: got %v, want setting_invalid of it", field, err)
		}
	}
}

// What is no language tag is refused wherever a document, a customer or a conversation has one, with the one reason for it.
func TestLanguagesOfDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrong := "zh-" + strings.Repeat("x", 40)
	save := func(kind desk.SettingKind, doc any) error {
		raw, err := json.Marshal(doc)
		w.must(err)
		_, err = w.svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: kind, ID: "odd", Doc: raw})
		return err
	}
	_, contact := w.svc.SaveContact(w.ctx(), desk.System(), desk.Contact{Name: "Kim", Tier: desk.Ordinary, Locale: wrong})
	for field, err := range map[string]error{
		"agent locale":       save(desk.SettingAgent, desk.Agent{ID: "odd", Locale: wrong}),
		"agent languages[1]": save(desk.SettingAgent, desk.Agent{ID: "odd", Languages: []string{"zh", "en_US"}}),
		"canned locale":      save(desk.SettingCanned, desk.Canned{ID: "odd", Locale: "x"}),
		"contact locale":     contact,
	} {
		var e *desk.Error
		if _, name, _ := strings.Cut(field, " "); !errors.As(err, &e) || e.Reason != "locale_unknown" || e.Params["field"] != name {
			t.Errorf("%s: got %v, want locale_unknown of it", field, err)
		}
	}
	w.must(save(desk.SettingCanned, desk.Canned{ID: "odd", Locale: "zh-Hans-CN"}))
}

// Deleting is judged like saving, and what was deleted may come back under its id.
func TestSettingsAreDeletedAndComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inUse := true
	svc := desk.New(desk.Config{Store: w.db, Now: w.clock, NewID: newID, Checks: map[desk.SettingKind]desk.SettingCheck{
		desk.SettingTag: func(_ context.Context, s desk.Setting) error {
			if s.Deleted && inUse {
				return desk.Refuse(desk.Conflict, "in_use")
			}
			return nil
		},
	}})
	set, err := svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: desk.SettingTag, ID: "vip", Doc: []byte(`{"name":"vip"}`)})
	w.must(err)
	gone := set
	gone.Deleted = true
	_, err = svc.SaveSetting(w.ctx(), desk.System(), gone)
	wantReason(t, err, "in_use")
	inUse = false
	_, err = svc.SaveSetting(w.ctx(), desk.System(), gone)
	w.must(err)
	again, err := svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: desk.SettingTag, ID: "vip", Doc: []byte(`{"name":"VIP"}`)})
	w.must(err)
	if again.Version != 3 || again.Deleted {
		t.Errorf("a deleted tag saved anew: got version %d, deleted %v; want 3 and there", again.Version, again.Deleted)
	}
}
