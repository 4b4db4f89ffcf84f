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

// download reads mails in one command, by UID, and only the first bytes of each where head > 0. What came whole before
// the line broke is returned beside the error. A server that sends more than its SIZE said is cut at the limit.
func (s *session) download(mails []meta, head, limit int64) (map[uint32][]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	var set imap.UIDSet
	expect := int64(0)
	for _, m := range mails {
		set.AddNum(imap.UID(m.uid))
		expect += m.size
	}
	if head > 0 {
		section.Partial = &imap.SectionPartial{Offset: 0, Size: head}
		expect = head * int64(len(mails))
	}
	allowed := s.timing.Download + time.Duration(expect/(5<<20))*s.timing.Download
	out := make(map[uint32][]byte, len(mails))
	err := s.do(fmt.Sprintf("download uid %d", mails[0].uid), allowed, func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		var readErr error
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			uid, raw, left, err := readBody(msg, max(limit, head))
			if uid == 0 && len(mails) == 1 {
				uid = mails[0].uid
			}
			if err != nil {
				readErr = err
				s.hangUp(left)
			} else if raw != nil {
				out[uid] = raw
			}
		}
		return errors.Join(readErr, cmd.Close())
	})
	return out, err
}

// readBody reads the literal of one FETCH answer; the UID stands before or behind it. No raw: there was none. left is a
// literal that was not read to its end though nothing is wrong with the line.
func readBody(msg *imapclient.FetchMessageData, limit int64) (uid uint32, raw []byte, left imap.LiteralReader, err error) {
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || raw != nil {
				continue
			}
			if item.Literal.Size() > limit+(1<<20) {
				return uid, nil, item.Literal, fmt.Errorf("server sends %d bytes, more than the limit of %d", item.Literal.Size(), limit)
			}
			if raw, err = readBounded(item.Literal, limit); err != nil {
				return uid, nil, nil, err
			}
		}
	}
	return uid, raw, nil, nil
}

// hangUp ends the connection after a literal that could not be read to its end. go-imap reads the rest of it in two
// goroutines at once otherwise: its own, and ours when the command is drained. Its own waits for a literal that is left
// over: that one is read until the closed line ends it.
func (s *session) hangUp(left imap.LiteralReader) {
	_ = s.conn.Close() // the error that led here is the one that counts
	if left != nil {
		_, _ = io.Copy(io.Discard, left) // what the buffers hold
	}
	<-s.client.Closed()
}

func readBounded(r imap.LiteralReader, limit int64) ([]byte, error) {
	size := r.Size()
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

// flag sets a flag or keyword on one mail.
func (s *session) flag(uid uint32, flag imap.Flag) error {
	return s.do("flag", s.timing.Command, func() error {
		return s.client.Store(imap.UIDSetNum(imap.UID(uid)), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
	})
}

// move puts one mail into another folder, which is made when it is missing. It needs MOVE, or UIDPLUS to expunge that
// one mail after copying it: a plain EXPUNGE would remove what other people have marked. Where the server has neither,
// the mail is only marked as seen.
func (s *session) move(uid uint32, to string) error {
	caps := s.client.Caps()
	if !caps.Has(imap.CapMove) && !caps.Has(imap.CapUIDPlus) {
		return s.flag(uid, imap.FlagSeen)
	}
	err := s.moveOnce(uid, to)
	if !isAnswer(err) {
		return err
	}
	if made := s.do("create "+to, s.timing.Command, func() error { return s.client.Create(to, nil).Wait() }); made != nil {
		return errors.Join(err, made)
	}
	return s.moveOnce(uid, to)
}

// moveOnce takes the three steps of a server without MOVE one after the other: go-imap sends them together, so that a
// COPY that is refused would still be followed by the EXPUNGE.
func (s *session) moveOnce(uid uint32, to string) error {
	set := imap.UIDSetNum(imap.UID(uid))
	if s.client.Caps().Has(imap.CapMove) {
		return s.do("move to "+to, s.timing.Command, func() error {
			_, err := s.client.Move(set, to).Wait()
			return err
		})
	}
	err := s.do("copy to "+to, s.timing.Command, func() error {
		_, err := s.client.Copy(set, to).Wait()
		return err
	})
	if err != nil {
		return err
	}
	if err := s.flag(uid, imap.FlagDeleted); err != nil {
		return err
	}
	return s.do("expunge", s.timing.Command, func() error { return s.client.UIDExpunge(set).Close() })
}
