package agents

import (
	"sync"
	"time"
)

// Sessions looked up are believed for sessionFor, so that a busy page does not ask SQL for the same row with each
// request. A session ended here is forgotten at once; one ended on another node lives on for that long at most.
const (
	sessionFor    = time.Second
	sessionsKnown = 4096
)

// known are the sessions looked up lately, by token hash.
type known struct {
	mu    sync.Mutex
	era   int64 // grows whenever sessions end: what was read before is not believed
	found map[string]knownSession
}

type knownSession struct {
	session Session
	until   time.Time
}

// get returns a session looked up lately, and the era to give back to put when there is none.
func (k *known) get(hash string, now time.Time) (Session, int64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.found[hash]
	return s.session, k.era, ok && now.Before(s.until)
}

// put keeps what was read in an era, unless sessions ended meanwhile.
func (k *known) put(hash string, s Session, era int64, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if era != k.era {
		return
	}
	if k.found == nil || len(k.found) >= sessionsKnown {
		k.found = make(map[string]knownSession)
	}
	k.found[hash] = knownSession{s, now.Add(sessionFor)}
}

// forget drops all: sessions ended, and which of them are known is not worth finding out.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.era++
	k.found = nil
}
