package webhook_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"yingda/channels/webhook"
	"yingda/desk"
)

// codes are the texts of facts that are codes, names or versions of our own, as kind and path; every other text of a
// fact that webhooks are told of may be somebody's own words, and must not leave the house.
var codes = []string{
	"channel_state.Cause", "message_queued.ClientKey", "message_sent.ClientKey", "released.Why",
	"offered.Why.Rule", "offered.Why.Value", "offer_declined.Reason", "offer_withdrawn.Reason",
	"presence_changed.From.Reason", "presence_changed.To.Reason", "clock_escalated.To.ID",
}

// ofWork and ofClock are the same for every fact that carries one.
var (
	ofWork = []string{
		"Skills.Name", "Language", "Prefer.Rule", "Plan.Rule", "Plan.Share", "Plan.Limit", "Plan.Need.Name", "Plan.Want.Name", "Plan.Sent.Need.Name", "Plan.Sent.Want.Name",
		"Plan.Steps.Drop", "Plan.Steps.Text", // an administrator's
	}
	ofClock = []string{"Policy", "Calendar"}
)

func known(path string) bool {
	_, rest, _ := strings.Cut(path, ".")
	for _, in := range []struct {
		begins string
		of     []string
	}{{"Work.", ofWork}, {"Clock.", ofClock}, {"Clocks.", ofClock}} {
		if name, ok := strings.CutPrefix(rest, in.begins); ok && slices.Contains(in.of, name) {
			return true
		}
	}
	return slices.Contains(codes, path)
}

// fill writes into every text of v what it is called, and remembers it.
func fill(v reflect.Value, path string, told map[string]string) {
	switch {
	case v.Type() == reflect.TypeFor[string]():
		told[path] = fmt.Sprintf("lin@customer.test says %d", len(told))
		v.SetString(told[path])
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path, told)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), path, told)
	case v.Kind() == reflect.Struct && v.Type().PkgPath() == reflect.TypeFor[desk.Clock]().PkgPath():
		for i := range v.NumField() {
			fill(v.Field(i), path+"."+v.Type().Field(i).Name, told)
		}
	}
}

// TestNobodysWordsLeave: of no fact that webhooks may be told of does a free text leave the house (UP-X6), whatever a
// fact comes to carry later: a new text must be named above as a code, or be withheld.
func TestNobodysWordsLeave(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, r *rig) {
		kinds, texts := desk.HookEvents(), map[int64]map[string]string{}
		for _, f := range desk.Facts() {
			if !slices.Contains(kinds, f.Kind()) {
				continue
			}
			v, told := reflect.New(reflect.TypeOf(f)).Elem(), map[string]string{}
			fill(v, f.Kind(), told)
			r.happens(r.about("a", v.Interface().(desk.Fact)))
			last, err := r.DB.LastSeq(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			texts[last] = told
		}
		facts, err := r.DB.FactsAfter(t.Context(), 0, 1000)
		if err != nil || len(texts) != len(kinds) {
			t.Fatalf("got %d of %d kinds (%v)", len(texts), len(kinds), err)
		}
		for _, f := range facts {
			d, err := webhook.Delivery("crm", f, day)
			if err != nil {
				t.Fatal(err)
			}
			for path, words := range texts[f.Seq] {
				if strings.Contains(d.Body, words) && !known(path) {
					t.Errorf("%s leaves the house:\n%s", path, d.Body)
				}
			}
		}
	})
}

// What an agent writes behind the code of a refusal stays here; the code does not.
func TestCodesAreTold(t *testing.T) {
	t.Parallel()
	f := desk.StoredFact{Seq: 7, Kind: "offer_declined", Body: `{"offer":"o","reason":"other: Lin shouts again","work":{"version":9007199254740993}}`}
	d, err := webhook.Delivery("crm", f, day)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.Body, `"reason":"other"`) || strings.Contains(d.Body, "Lin") || !strings.Contains(d.Body, "9007199254740993") {
		t.Errorf("got %s", d.Body)
	}
}
