package channels

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"yingda/desk"
)

// Pace is how fast a mailbox may send, in mails a minute. Zero does not bound.
type Pace struct {
	PerMinute int
	PerDomain int            // to any one domain
	Domains   map[string]int // to these, instead of PerDomain
}

// Paced is a Sender that knows its pace.
type Paced interface{ Pace() Pace }

const (
	// burst is how much of a pace may be used at once: providers count by the minute, people by the second.
	burst = 10 * time.Second
	// nap is the longest a claimed message waits in its lane for its turn; longer waits go back into the record.
	nap = 2 * time.Second
)

// pacer gives every message its turn and remembers which mailboxes may not send now. What it knows dies with the
// process: rows that wait carry their moment, and a quota still used up answers the first mail the same way.
type pacer struct {
	mu    sync.Mutex
	next  map[string]time.Time         // mailbox, or mailbox and domain → when its next mail is due at an even pace
	turns map[desk.MessageID]time.Time // turns given to messages that went back to wait for them
	parks map[desk.InboxID][3]parked   // by rank
	swept time.Time                    // when next and turns were last looked through
}

// parked is a mailbox whose server said that it has had enough.
type parked struct {
	until time.Time
	words string
}

func newPacer() *pacer {
	return &pacer{next: map[string]time.Time{}, turns: map[desk.MessageID]time.Time{}, parks: map[desk.InboxID][3]parked{}}
}

// turn is when m may go, now or later, and which bound it waits for. Asked again at that moment it says now.
func (p *pacer) turn(m desk.Outbound, pace Pace, now time.Time) (at time.Time, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shrink(now)
	if at, given := p.turns[m.Message.ID]; given {
		if !at.After(now) {
			delete(p.turns, m.Message.ID)
			return now, ""
		}
		return at, "rate_mailbox"
	}
	bounds := p.bounds(m, pace)
	at = now
	for _, b := range bounds {
		if slot := p.next[b.key].Add(-burst); slot.After(at) {
			at, why = slot, b.why
		}
	}
	for _, b := range bounds {
		next := p.next[b.key]
		if next.Before(at) {
			next = at
		}
		p.next[b.key] = next.Add(b.every)
	}
	if at.After(now) {
		p.turns[m.Message.ID] = at
	}
	return at, why
}

// shrink forgets what says nothing any more: a mailbox or domain whose next mail is due already, and the turns of mails
// that were taken back, or sent by another node, since they were given.
func (p *pacer) shrink(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	maps.DeleteFunc(p.next, func(_ string, due time.Time) bool { return !due.After(now) })
	maps.DeleteFunc(p.turns, func(_ desk.MessageID, at time.Time) bool { return now.Sub(at) > Lease })
}

type bound struct {
	key, why string
	every    time.Duration
}

func (p *pacer) bounds(m desk.Outbound, pace Pace) []bound {
	inbox := string(m.Message.Inbox)
	var out []bound
	if pace.PerMinute > 0 {
		out = append(out, bound{inbox, "rate_mailbox", time.Minute / time.Duration(pace.PerMinute)})
	}
	for _, domain := range domainsOf(m.Message) {
		n, own := pace.Domains[domain]
		if !own {
			n = pace.PerDomain
		}
		if n > 0 {
			out = append(out, bound{inbox + " " + domain, "rate_domain " + domain, time.Minute / time.Duration(n)})
		}
	}
	return out
}

func domainsOf(m desk.Message) []string {
	var out []string
	for _, address := range m.Everyone() {
		if _, domain, ok := strings.Cut(address, "@"); ok && !slices.Contains(out, domain) {
			out = append(out, domain)
		}
	}
	return out
}

// forget drops a turn that will not be used.
func (p *pacer) forget(id desk.MessageID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.turns, id)
}

// park stops a mailbox until a moment for mails of a rank and of those after it.
func (p *pacer) park(inbox desk.InboxID, rank desk.Rank, until time.Time, words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.parks[inbox]
	for r := max(0, int(rank)); r < len(all); r++ {
		if all[r].until.Before(until) {
			all[r] = parked{until, words}
		}
	}
	p.parks[inbox] = all
}

// parked says whether mails of a rank wait, until when and for what.
func (p *pacer) parked(inbox desk.InboxID, rank desk.Rank, now time.Time) (parked, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.parks[inbox]
	k := all[min(max(0, int(rank)), len(all)-1)]
	return k, k.until.After(now)
}
