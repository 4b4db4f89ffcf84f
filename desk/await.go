package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

// Mails of one thread come in any order: an answer may be there before what it answers, or two answers to a mail that
// never comes. So a stored mail keeps a place for the ids it names and nobody has yet. Whoever comes with such an id, or
// names it as well, joins, by the rule for all: their sender stands in that conversation (DESIGN 2.5). A place is a
// hash, so that nothing of an erased mail is left in it; the store gives places up after three months.

// maxAwaited bounds the places of one mail; the newest ids are the likely ones.
const maxAwaited = 20

func (r *receiver) place(id string) ThreadKey {
	sum := sha256.Sum256([]byte(string(r.in.Inbox) + "\x00" + id))
	return ThreadKey{Inbox: r.in.Inbox, MessageID: "?" + hex.EncodeToString(sum[:16])}
}

// waits reports whether the mail takes part: what machines send, and what nobody vouches for, does not.
func (r *receiver) waits() bool {
	return r.in.Medium == Email && r.in.Message.Auto == ByHuman && !r.in.Message.Unverified
}

// awaited are the places where this mail may be expected, its own first.
func (r *receiver) awaited() []ThreadKey {
	if !r.waits() {
		return nil
	}
	var keys []ThreadKey
	if id := r.in.Message.RFCMessageID; id != "" {
		keys = append(keys, r.place(id))
	}
	for _, id := range r.in.Thread[:min(len(r.in.Thread), maxAwaited)] {
		keys = append(keys, r.place(id))
	}
	return keys
}

// byAwaited joins a conversation that waits for this mail, or for one that this mail waits for too.
func (r *receiver) byAwaited(tx Tx) (ConversationID, error) {
	keys := r.awaited()
	if len(keys) == 0 {
		return "", nil
	}
	if own := r.in.Message.RFCMessageID; own != "" {
		// An id that came before is used again by a broken program: whoever waited for it has it.
		used, err := tx.Thread([]ThreadKey{{Inbox: r.in.Inbox, MessageID: own}})
		if err != nil {
			return "", err
		}
		if len(used) > 0 {
			keys = keys[1:]
		}
	}
	hits, err := tx.Thread(keys)
	if err != nil {
		return "", err
	}
	for _, h := range hits {
		c, _, err := tx.Conversation(h.Conversation)
		if errors.Is(err, ErrNotFound) {
			continue // erased since
		}
		if err != nil {
			return "", err
		}
		if c.Inbox == r.in.Inbox && c.Knows(r.in.From.Value) {
			return c.ID, nil
		}
	}
	return "", nil
}

// await keeps places for the ids this mail names that lead nowhere yet.
func (r *receiver) await(tx Tx, c ConversationID, m MessageID) error {
	if !r.waits() || len(r.in.Thread) == 0 || r.side != "" {
		return nil
	}
	named := r.in.Thread[:min(len(r.in.Thread), maxAwaited)]
	keys := make([]ThreadKey, len(named))
	for i, id := range named {
		keys[i] = ThreadKey{Inbox: r.in.Inbox, MessageID: id}
	}
	hits, err := tx.Thread(keys)
	if err != nil {
		return err
	}
	known := make(map[string]bool, len(hits))
	for _, h := range hits {
		known[h.Key.MessageID] = true
	}
	var free []ThreadKey
	for _, id := range named {
		if !known[id] {
			free = append(free, r.place(id))
		}
	}
	if len(free) == 0 {
		return nil
	}
	return tx.Await(free, c, m)
}
