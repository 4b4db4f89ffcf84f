package email

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"yingda/desk"
)

// reading is how the mails of one server-side mailbox are read.
type reading struct {
	key      string // the cursor's name
	limit    int64  // bytes; of a larger mail only the head is read
	take     func(ctx context.Context, raw []byte, u *Unreadable, cut bool) error
	after    bool                       // do what the settings ask for afterwards
	together bool                       // mails that have nothing to do with each other may share a commit
	ready    func(context.Context) bool // nil: at once; false: later
}

// poll takes in everything after the cursor, some mails at a time.
func (m *Mailbox) poll(ctx context.Context, s *session, r reading) error {
	cur, err := m.cursor(ctx, s, r.key)
	if err != nil {
		return err
	}
	list, err := s.list(cur.UID)
	if err != nil {
		return err
	}
	defer m.deps.Metrics.polled()
	news := func(mail meta) bool { return !m.old(cur, mail) }
	if r.ready != nil && slices.ContainsFunc(list, news) && !r.ready(ctx) {
		return nil
	}
	for len(list) > 0 {
		n := m.share(cur, list, m.isCareful(r.key))
		done, err := m.some(ctx, s, r, cur, list[:n])
		if done > 0 {
			cur.UID = list[done-1].uid
		}
		if err != nil {
			m.setCareful(r.key, true)
			m.save(ctx, r.key, cur) // what was done is done
			return err
		}
		if err := m.deps.Cursors.SaveCursor(ctx, m.inbox.ID, r.key, cur); err != nil {
			return fmt.Errorf("save cursor: %w", err)
		}
		list = list[n:]
	}
	m.setCareful(r.key, false)
	return nil
}

func (m *Mailbox) isCareful(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.careful[key]
}

func (m *Mailbox) setCareful(key string, on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.careful[key] = on
}

const (
	// cursorEvery bounds how much is read again after a crash; repeats change nothing.
	cursorEvery = 20
	// batchBytes bounds what one command downloads, and with it what lies in memory.
	batchBytes = 1 << 20
)

// share is how many of the list are dealt with before the cursor is saved: some small mails or a stretch of history, or
// one large mail.
func (m *Mailbox) share(cur Cursor, list []meta, careful bool) int {
	total, n := int64(0), 0
	for i, mail := range list {
		if m.old(cur, mail) {
			continue // costs nothing: a hundred thousand of them are one step
		}
		total += mail.size
		if n > 0 && (careful || n >= cursorEvery || total > batchBytes) {
			return i
		}
		n++
	}
	return len(list)
}

func (m *Mailbox) save(ctx context.Context, name string, cur Cursor) {
	if err := m.deps.Cursors.SaveCursor(ctx, m.inbox.ID, name, cur); err != nil {
		m.deps.Log.Error("save cursor", "mailbox", name, "err", err)
	}
}

// cursor loads how far we are. Another UIDVALIDITY means that UIDs have new meanings: everything is read again from
// the first, and what is known already is recognised by Message-ID and hash (UP-E3).
func (m *Mailbox) cursor(ctx context.Context, s *session, name string) (Cursor, error) {
	cur, err := m.deps.Cursors.Cursor(ctx, m.inbox.ID, name)
	if err != nil {
		return cur, fmt.Errorf("load cursor: %w", err)
	}
	// A mailbox restored from a backup may go back to UIDs we have read; UIDNEXT tells (RFC 9051 2.3.1.1).
	back := s.next != 0 && s.next <= cur.UID
	s.next = 0 // as told at the opening; the mailbox has grown since
	if cur.Validity == s.validity && !cur.Connected.IsZero() && !back {
		return cur, nil
	}
	if !cur.Connected.IsZero() {
		m.deps.Log.Warn("mailbox has new UIDs, reading it again", "mailbox", name, "was", cur.Validity, "is", s.validity, "back", back)
		m.deps.Metrics.resync()
	} else {
		cur.Connected = m.deps.Now()
	}
	cur.Validity, cur.UID = s.validity, 0
	if err := m.deps.Cursors.SaveCursor(ctx, m.inbox.ID, name, cur); err != nil {
		return cur, fmt.Errorf("save cursor: %w", err)
	}
	return cur, nil
}

// clockSlack forgives a server whose clock differs from ours when history is told from news.
const clockSlack = time.Minute

// history reports whether a mail was there before the mailbox was connected.
func history(cur Cursor, mail meta) bool { return mail.at.Before(cur.Connected.Add(-clockSlack)) }

// old reports whether a mail is history nobody asked for (UP-E20).
func (m *Mailbox) old(cur Cursor, mail meta) bool {
	if !history(cur, mail) {
		return false
	}
	from, wanted := m.settings.from(cur.Connected)
	return !wanted || mail.at.Before(from)
}

// some takes in the mails of one share, in the order of their UIDs, and says how many of them are dealt with.
func (m *Mailbox) some(ctx context.Context, s *session, r reading, cur Cursor, list []meta) (done int, err error) {
	var small []meta
	for _, mail := range list {
		if !m.old(cur, mail) && mail.size <= min(attemptFrom, r.limit) {
			small = append(small, mail)
		}
	}
	var bodies map[uint32][]byte
	var broken error
	if len(small) > 0 {
		limit := r.limit
		if len(small) > 1 {
			limit = min(limit, attemptFrom) // a server that lies about sizes shall not fill the memory with many
		}
		bodies, broken = s.download(small, 0, limit)
	}
	ready := m.ready(ctx, r, cur, small, bodies)
	for i := 0; i < len(list); {
		if ctx.Err() != nil {
			return i, ctx.Err()
		}
		n, err := 1, error(nil)
		switch mail := list[i]; {
		case m.old(cur, mail):
		case ready[mail.uid] != nil:
			n, err = m.together(ctx, s, r, list[i:], ready)
		default:
			err = m.single(ctx, s, r, m.where(r, cur, mail), bodies, broken)
		}
		var dealt *dealtError
		if errors.As(err, &dealt) {
			return i + n, err
		}
		if err != nil {
			return i + n - 1, fmt.Errorf("take in uid %d: %w", list[i+n-1].uid, err)
		}
		i += n
	}
	return len(list), nil
}

func (m *Mailbox) where(r reading, cur Cursor, mail meta) Unreadable {
	return Unreadable{
		Inbox: m.inbox.ID, Mailbox: r.key, Validity: cur.Validity, UID: mail.uid, Size: mail.size, At: mail.at, History: history(cur, mail),
	}
}

// ready are the mails of a download that can be handed over, by UID.
func (m *Mailbox) ready(ctx context.Context, r reading, cur Cursor, list []meta, bodies map[uint32][]byte) map[uint32]*prepared {
	if !r.together {
		return nil
	}
	var here []Unreadable
	for _, mail := range list {
		if bodies[mail.uid] != nil {
			here = append(here, m.where(r, cur, mail))
		}
	}
	return m.taker.prepare(ctx, here, bodies)
}

// together hands over as many of the list as have nothing to do with each other. It says how many are dealt with; with
// an error, the last of them is the one at fault.
func (m *Mailbox) together(ctx context.Context, s *session, r reading, list []meta, ready map[uint32]*prepared) (int, error) {
	mails := make([]*prepared, len(list))
	for i, mail := range list {
		mails[i] = ready[mail.uid]
	}
	mails = mails[:wave(mails)]
	for i, err := range m.taker.handAll(ctx, mails) {
		m.deps.Metrics.downloaded(int(list[i].size))
		if err == nil && r.after {
			err = m.after(s, list[i].uid)
		} else if err != nil && desk.CodeOf(err) != desk.Unavailable {
			err = m.failed(ctx, mails[i].where, false, err)
		}
		if err != nil {
			return i + 1, err
		}
	}
	return len(mails), nil
}

// single takes in one mail that goes its own way.
func (m *Mailbox) single(ctx context.Context, s *session, r reading, where Unreadable, bodies map[uint32][]byte, broken error) error {
	raw := bodies[where.UID]
	delete(bodies, where.UID)
	switch {
	case raw == nil && broken != nil && where.Size <= min(attemptFrom, r.limit):
		return m.failed(ctx, where, false, broken)
	case raw == nil && broken != nil:
		return broken // the line is gone; this mail has not been asked for
	}
	return m.one(ctx, s, r, where, raw)
}

// one takes in one mail: keeps the raw bytes, parses, hands over. raw is what the common download brought; a mail that
// is not in it is downloaded alone. one returns an error only when the connection or the store is at fault; a mail that
// cannot be read goes to quarantine and is no error (UP-E1).
func (m *Mailbox) one(ctx context.Context, s *session, r reading, where Unreadable, raw []byte) error {
	head, counted := int64(0), false
	if raw == nil {
		if where.Size > r.limit {
			head = headBytes
		}
		if counted = where.Size > attemptFrom; counted {
			if n, err := m.attempt(ctx, where); err != nil || n > maxAttempts {
				return m.giveUp(ctx, where, n, err)
			}
		}
		var err error
		if raw, err = m.alone(s, where, head, r.limit); err != nil {
			return m.failed(ctx, where, counted, err)
		}
	}
	m.deps.Metrics.downloaded(len(raw))
	if err := r.take(ctx, raw, &where, head > 0); err != nil {
		if desk.CodeOf(err) == desk.Unavailable {
			return err // everything is down, not this mail
		}
		return m.failed(ctx, where, counted, err)
	}
	if !r.after || head > 0 && m.settings.After == AfterMove {
		return nil // what was not kept whole stays where it can be found
	}
	return m.after(s, where.UID)
}

// alone downloads one mail.
func (m *Mailbox) alone(s *session, where Unreadable, head, limit int64) ([]byte, error) {
	got, err := s.download([]meta{{uid: where.UID, size: where.Size}}, head, limit)
	if err != nil {
		return nil, err
	}
	raw, ok := got[where.UID]
	if !ok {
		return nil, errGone
	}
	return raw, nil
}

const (
	// maxAttempts is how often one mail is downloaded before it goes to quarantine (UP-E2).
	maxAttempts = 3
	// attemptFrom is the size, in bytes, from which an attempt is written down before the download: a mail so large
	// may take the process with it. Smaller ones are counted when they fail.
	attemptFrom = 1 << 20
	// headBytes is how much of a mail over the limit is read, for its header and first words (UP-E14).
	headBytes = 128 << 10
)

func (m *Mailbox) attempt(ctx context.Context, u Unreadable) (int, error) {
	n, err := m.deps.Cursors.Attempt(ctx, u.Inbox, u.Mailbox, u.Validity, u.UID)
	if err != nil {
		return n, fmt.Errorf("count attempt: %w", err)
	}
	return n, nil
}

func (m *Mailbox) giveUp(ctx context.Context, u Unreadable, n int, err error) error {
	if err != nil {
		return err
	}
	u.Cause = fmt.Sprintf("download failed %d times", n-1)
	return m.taker.quarantine(ctx, u)
}

// failed counts a mail that was not taken in; after a few times it goes to quarantine, so that it holds up nothing. One
// that is gone from the server meanwhile is no failure.
func (m *Mailbox) failed(ctx context.Context, u Unreadable, counted bool, err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	n := 0
	if !counted {
		var aerr error
		if n, aerr = m.attempt(ctx, u); aerr != nil {
			return errors.Join(err, aerr)
		}
	}
	if n >= maxAttempts {
		u.Cause = clip(err.Error(), 500)
		if qerr := m.taker.quarantine(ctx, u); qerr != nil {
			return qerr
		}
		return &dealtError{err}
	}
	return err
}

// dealtError is a broken connection whose mail is dealt with: in the record or in quarantine.
type dealtError struct{ error }

// Unwrap returns what broke the connection.
func (e *dealtError) Unwrap() error { return e.error }

// after does what the settings ask for once the mail is in the record. It is a courtesy to people who look into the
// mailbox: progress is never kept there (UP-E3), and a server that refuses it does not hold up the mail.
func (m *Mailbox) after(s *session, uid uint32) error {
	var err error
	switch m.settings.After {
	case AfterSeen:
		err = s.flag(uid, imap.FlagSeen)
	case AfterKeyword:
		err = s.flag(uid, imap.Flag(m.settings.Keyword))
	case AfterMove:
		err = s.move(uid, m.settings.MoveTo)
	case AfterKeep:
	}
	if err == nil {
		return nil
	}
	m.deps.Log.Warn("mail is in the record, but was not marked on the server", "uid", uid, "after", m.settings.After, "err", err)
	m.deps.Metrics.unmarked()
	if isAnswer(err) {
		return nil
	}
	return &dealtError{err} // the line is gone; the mail is dealt with
}
