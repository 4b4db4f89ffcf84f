package email

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// meta is what is known of a mail before it is downloaded.
type meta struct {
	uid  uint32
	at   time.Time // INTERNALDATE
	size int64
}

// errGone is a mail that was deleted between listing and download.
var errGone = errors.New("not on the server any more")

// list returns the mails after a UID, in order. Only UID ranges are asked for: SEARCH lies on some servers and \Seen
// is other people's (UP-N2, E3), ENVELOPE and BODYSTRUCTURE break on others (UP-E13).
func (s *session) list(after uint32) ([]meta, error) {
	var set imap.UIDSet
	set.AddRange(imap.UID(after)+1, 0)
	var out []meta
	// A full mailbox is listed in one answer of some 60 bytes a mail: it gets the time of a download.
	err := s.do("list", s.timing.Command+s.timing.Download, func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, Flags: true, InternalDate: true, RFC822Size: true})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			one := readMeta(m)
			// n:* includes the last mail even when its UID is smaller than n (RFC 9051 9).
			if one.uid > after {
				out = append(out, one)
			}
		}
		return cmd.Close()
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b meta) int { return int(int64(a.uid) - int64(b.uid)) })
	return slices.CompactFunc(out, func(a, b meta) bool { return a.uid == b.uid }), nil
}

func readMeta(m *imapclient.FetchMessageData) meta {
	var one meta
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			one.uid = uint32(item.UID)
		case imapclient.FetchItemDataInternalDate:
			one.at = item.Time.UTC()
		case imapclient.FetchItemDataRFC822Size:
			one.size = item.Size
		}
	}
	return one
}

// download reads one mail. head > 0 reads only its first bytes. A server that sends more than its SIZE said is cut at
// the limit.
func (s *session) download(m meta, head, limit int64) ([]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	expect := m.size
	if head > 0 {
		section.Partial = &imap.SectionPartial{Offset: 0, Size: head}
		expect = head
	}
	allowed := s.timing.Download + time.Duration(expect/(5<<20))*s.timing.Download
	var raw []byte
	found := false
	err := s.do(fmt.Sprintf("download uid %d", m.uid), allowed, func() error {
		cmd := s.client.Fetch(imap.UIDSetNum(imap.UID(m.uid)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		var readErr error
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			for item := msg.Next(); item != nil; item = msg.Next() {
				body, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || body.Literal == nil {
					continue
				}
				found = true
				if raw, readErr = readBounded(body.Literal, max(limit, head)); readErr != nil {
					s.hangUp()
				}
			}
		}
		return errors.Join(readErr, cmd.Close())
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, errGone
	}
	return raw, nil
}

// hangUp ends the connection after a literal that could not be read to its end. go-imap reads the rest of it in two
// goroutines at once otherwise: its own, and ours when the command is drained.
func (s *session) hangUp() {
	_ = s.conn.Close() // the error that led here is the one that counts
	<-s.client.Closed()
}

func readBounded(r imap.LiteralReader, limit int64) ([]byte, error) {
	size := r.Size()
	if size > limit+(1<<20) {
		return nil, fmt.Errorf("server sends %d bytes, more than the limit of %d", size, limit)
	}
	raw := make([]byte, 0, min(size, limit+(1<<20))+512)
	for {
		if len(raw) == cap(raw) {
			raw = append(raw, 0)[:len(raw)]
		}
		n, err := r.Read(raw[len(raw):cap(raw)])
		raw = raw[:len(raw)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read literal: %w", err)
		}
	}
	if int64(len(raw)) < size {
		return nil, io.ErrUnexpectedEOF
	}
	return raw, nil
}

func (s *session) seen(uid uint32) error {
	return s.do("mark seen", s.timing.Command, func() error {
		return s.client.Store(imap.UIDSetNum(imap.UID(uid)), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	})
}

// move needs MOVE: go-imap's substitute ends in a plain EXPUNGE where UIDPLUS is missing, which removes what others
// have marked. Without it the mail is only marked as seen.
func (s *session) move(uid uint32, to string) error {
	if !s.client.Caps().Has(imap.CapMove) {
		return s.seen(uid)
	}
	return s.do("move", s.timing.Command, func() error {
		_, err := s.client.Move(imap.UIDSetNum(imap.UID(uid)), to).Wait()
		return err
	})
}
