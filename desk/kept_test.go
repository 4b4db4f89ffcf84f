package desk_test

import (
	"testing"

	"yingda/desk"
)

// A move says whether it kept the place: one that another move gave is not its own.
func TestAMoveSaysWhetherItKeptThePlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	into := w.mail("li@customer.example", "order")
	waiting, taken := w.chat("one", "hello"), w.chat("two", "hello")
	w.assign(taken.Conversation, "ann")
	for _, c := range []struct {
		from desk.ConversationID
		want bool
	}{{waiting.Conversation, true}, {taken.Conversation, false}} {
		w.must(w.svc.Continue(w.ctx(), desk.System(), c.from, into.Conversation))
		if got := fact[desk.ContinuedIn](w, c.from); got.Kept != c.want {
			t.Errorf("got kept %t, want %t", got.Kept, c.want)
		}
	}
	if w.conversation(into.Conversation).Kept == nil {
		t.Error("the first place: got none, want it kept")
	}
}
