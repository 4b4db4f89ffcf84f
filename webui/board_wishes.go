package webui

import (
	"context"
	"slices"

	"yingda/desk"
)

// wish is the promises of one conversation that somebody wants to let go and nobody has decided about. The conversation
// may be resolved: that it was late is let go afterwards, too.
type wish struct {
	row   desk.ConversationRow
	asked map[wished]bool
}

// wished names one promise of a conversation.
type wished struct {
	target desk.Target
	n      int
}

// loadWishes reads who wants to let what go. It runs at start and after facts were lost; the rest the feed tells.
func (b *board) loadWishes(ctx context.Context, s *Server) error {
	wishes := map[desk.ConversationID]*wish{}
	for after := (desk.ClockPlace{}); s.Waivers != nil; {
		clocks, err := s.Waivers.WaiversAsked(ctx, after, desk.PageMost)
		if err != nil {
			return err
		}
		rows, err := s.Lists.ConversationRows(ctx, "", mapped(clocks, func(k desk.Clock) desk.ConversationID { return k.Conversation }))
		if err != nil {
			return err
		}
		for _, r := range rows {
			if wishes[r.ID] == nil {
				wishes[r.ID] = &wish{row: r, asked: map[wished]bool{}}
			}
		}
		for _, k := range clocks {
			if w := wishes[k.Conversation]; w != nil { // else it was erased a moment ago
				w.asked[wished{k.Target, k.N}] = true
			}
			after = k.Place()
		}
		if len(clocks) < desk.PageMost {
			break
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wishes, b.lost, b.told.stale = wishes, false, true
	return nil
}

// noteWish takes in what a fact says of a waiver, before the row it concerns is put.
func (b *board) noteWish(e desk.Event) {
	id := desk.ConversationID(e.Subject.ID)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch f := e.Fact.(type) {
	case desk.WaiverRequested:
		w := b.wishes[id]
		if w == nil {
			w = &wish{row: b.rows[id], asked: map[wished]bool{}}
			b.wishes[id] = w
		}
		w.asked[wished{f.Target, f.N}], b.told.stale = true, true
	case desk.WaiverGiven:
		b.decided(id, wished{f.Target, f.N})
	case desk.WaiverDenied:
		b.decided(id, wished{f.Target, f.N})
	case desk.WaiverUndone:
		b.decided(id, wished{f.Target, f.N})
	}
}

// decided forgets a wish; the caller holds mu.
func (b *board) decided(id desk.ConversationID, k wished) {
	w := b.wishes[id]
	if w == nil || !w.asked[k] {
		return
	}
	if delete(w.asked, k); len(w.asked) == 0 {
		delete(b.wishes, id)
	}
	b.told.stale = true
}

// moveWish keeps the row of a conversation with wishes as it is now; the caller holds mu.
func (b *board) moveWish(r desk.ConversationRow) {
	w := b.wishes[r.ID]
	if w == nil {
		return
	}
	b.told.stale = b.told.stale || w.row.Queue != r.Queue || w.row.Assignee != r.Assignee || !slices.Equal(w.row.Mentioned, r.Mentioned)
	w.row = r
}

// waivers is how many promises within a scope wait for a word about letting them go.
func (b *board) waivers(scope desk.Scope) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wishesOf(scope)
}

// wishesOf is waivers; the caller holds mu.
func (b *board) wishesOf(scope desk.Scope) (n int) {
	for _, w := range b.wishes {
		if scope.Sees(w.row) {
			n += len(w.asked)
		}
	}
	return n
}

// wishesLost reports whether facts were lost that may have been about waivers.
func (b *board) wishesLost() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lost
}
