package demo

import (
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
)

// idleSession looks into its queue of news now and then while it idles: go-imap v2.0.0-beta.8's memory server never
// announces a mail that came between the answer to IDLE and the moment it begins to listen.
type idleSession struct{ imapserver.SessionIMAP4rev2 }

// idleLook bounds how late such a mail is announced.
const idleLook = 250 * time.Millisecond

func idling(s imapserver.Session) imapserver.Session {
	if rev2, ok := s.(imapserver.SessionIMAP4rev2); ok {
		return idleSession{rev2}
	}
	return s
}

// Idle announces news until stop is closed.
func (s idleSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	look := time.NewTicker(idleLook)
	defer look.Stop()
	for {
		pause, idled := make(chan struct{}), make(chan error, 1)
		go func() { idled <- s.SessionIMAP4rev2.Idle(w, pause) }()
		stopped := false
		select {
		case <-stop:
			stopped = true
		case <-look.C:
		}
		close(pause)
		if err := <-idled; err != nil || stopped {
			return err
		}
		if err := s.Poll(w, true); err != nil {
			return err
		}
	}
}
