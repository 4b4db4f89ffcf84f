package email

import (
	"context"
	"io"
	"time"

	"yingda/desk"
)

// Blobs keeps bytes under their hex SHA-256. Putting the same bytes twice keeps one copy.
type Blobs interface {
	Put(ctx context.Context, r io.Reader) (sum string, size int64, err error)
	BlobReader
}

// BlobReader hands out what was kept.
type BlobReader interface {
	Open(ctx context.Context, sum string) (io.ReadCloser, error)
}

// Cursor is how far one server-side mailbox has been read: everything up to UID under Validity is in the record or
// in quarantine. Connected is when we first looked, and is never moved: what is older is history (UP-E20).
type Cursor struct {
	Validity  uint32
	UID       uint32
	Connected time.Time
}

// Cursors keeps cursors and counts failed readings; both must outlive the process (UP-E2, E3).
type Cursors interface {
	// Cursor returns the zero Cursor when there is none.
	Cursor(ctx context.Context, inbox desk.InboxID, mailbox string) (Cursor, error)
	SaveCursor(ctx context.Context, inbox desk.InboxID, mailbox string, c Cursor) error
	// Attempt counts one more reading of a mail and returns the count so far, this one included.
	Attempt(ctx context.Context, inbox desk.InboxID, mailbox string, validity, uid uint32) (int, error)
}

// Unreadable is a mail that could not be taken in. Raw is the blob of its bytes, "" when they never arrived whole:
// then they are still on the server under UID.
type Unreadable struct {
	Inbox         desk.InboxID
	Mailbox       string
	Validity, UID uint32
	Raw           string
	Size          int64
	At            time.Time // INTERNALDATE
	History       bool
	From, Subject string // as far as they could be read
	Cause         string
}

// Quarantine keeps what could not be read where people see it; one alert per mail is its affair (UP-E1). Keeping the
// same mail twice keeps it once.
type Quarantine interface {
	Quarantine(ctx context.Context, u Unreadable) error
}

// Reporter hears when an inbox's connection goes up or down, changes only.
type Reporter interface {
	ChannelState(ctx context.Context, inbox desk.InboxID, s desk.ChannelState) error
}
