package email

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// ManyBlobs is what a [Blobs] may be beside: several kept in one commit.
type ManyBlobs interface {
	PutBlobs(ctx context.Context, blobs [][]byte) error
}

// prepared is a mail whose bytes and files are in the blob store, to be handed to the desk.
type prepared struct {
	mail  Mail
	where Unreadable
	err   error // why it cannot be read: it goes to quarantine
}

// prepare reads several mails and keeps all their bytes in one commit. nil: it cannot be done at once, each mail has to go
// its own way.
func (t *Taker) prepare(ctx context.Context, list []Unreadable, bodies map[uint32][]byte) map[uint32]*prepared {
	many, ok := t.deps.Blobs.(ManyBlobs)
	if !ok || len(list) < 2 {
		return nil
	}
	out := make(map[uint32]*prepared, len(list))
	blobs := make([][]byte, 0, len(list))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, u := range list {
		raw := bodies[u.UID]
		p := &prepared{where: u}
		p.where.Raw = hashOf(raw)
		out[u.UID] = p
		blobs = append(blobs, raw)
		g.Go(func() error {
			if p.mail, p.err = t.parse(raw, p.where, false); p.err != nil {
				t.describe(raw, &p.where)
			} else {
				t.settings.SenderCheck.prove(ctx, raw, &p.mail.Message, resolver)
			}
			p.mail.Message.Raw = p.where.Raw
			return nil
		})
	}
	_ = g.Wait() // never an error
	for _, p := range out {
		if p.err == nil {
			for _, f := range p.mail.Files {
				blobs = append(blobs, f.Data)
			}
			p.mail.Files = nil
		}
	}
	if err := t.insist(ctx, func() error { return many.PutBlobs(ctx, blobs) }); err != nil {
		return nil // whoever goes alone finds out what it is
	}
	return out
}

// hand gives one prepared mail to the desk, or puts it into quarantine.
func (t *Taker) hand(ctx context.Context, p *prepared) error {
	if p.err != nil {
		p.where.Cause = clip(p.err.Error(), 500)
		return t.quarantine(ctx, p.where)
	}
	return t.receive(ctx, p.mail, &p.where)
}

// handAll gives mails to the desk that have nothing to do with each other, all at once, so that they share commits.
func (t *Taker) handAll(ctx context.Context, wave []*prepared) []error {
	errs := make([]error, len(wave))
	var wg sync.WaitGroup
	for i, p := range wave {
		wg.Go(func() { errs[i] = t.hand(ctx, p) })
	}
	wg.Wait()
	return errs
}

// wave is how many mails at the head of the list may be handed over at once: they have no sender, no Message-ID and no
// conversation in common, so that none can be the answer to another and their order says nothing.
func wave(list []*prepared) int {
	seen := map[string]bool{}
	for i, p := range list {
		if p == nil {
			return i
		}
		keys := related(p)
		for _, k := range keys {
			if seen[k] {
				return i
			}
		}
		for _, k := range keys {
			seen[k] = true
		}
	}
	return len(list)
}

func related(p *prepared) []string {
	m := &p.mail
	keys := []string{"from " + m.From.Value}
	if id := m.Message.RFCMessageID; id != "" {
		keys = append(keys, "id "+id)
	}
	for _, id := range m.Thread {
		keys = append(keys, "id "+id)
	}
	for _, b := range m.Bounces {
		keys = append(keys, "id "+b.RFCMessageID)
	}
	if m.Token != "" {
		keys = append(keys, "token "+string(m.Token))
	}
	return keys
}
