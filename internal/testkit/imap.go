package testkit

import (
	"bytes"
	"crypto/tls"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// IMAPServer is go-imap's in-memory server: IDLE, MOVE and UIDPLUS, without
// CONDSTORE (for that see Dovecot). It lives in this process and starts at once.
type IMAPServer struct {
	// Addr is host:port; STARTTLS is offered and plain sign-in allowed.
	Addr string
	// User and Password sign in; the mailbox INBOX exists.
	User, Password string
	// TLS is what a client needs to verify the server.
	TLS *tls.Config

	user *imapmemserver.User
}

// IMAP starts a server for this test alone.
func IMAP(t testing.TB) *IMAPServer {
	t.Helper()
	cert, err := newCertificate()
	if err != nil {
		t.Fatalf("start the IMAP server: %v", err)
	}
	s := &IMAPServer{User: "ann", Password: "secret", TLS: cert.clientConfig()}
	s.user = imapmemserver.NewUser(s.User, s.Password)
	if err := s.user.Create("INBOX", nil); err != nil {
		t.Fatalf("make INBOX: %v", err)
	}
	memory := imapmemserver.New()
	memory.AddUser(s.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return idler{memory.NewSession().(imapserver.SessionIMAP4rev2)}, nil, nil
		},
		// Both: MOVE and UIDPLUS are offered with IMAP4rev2 only.
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		TLSConfig:    cert.serverConfig(),
		InsecureAuth: true,
		Logger:       quiet{},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("start the IMAP server: %v", err)
	}
	s.Addr = l.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) }) // always ends with "closed"
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return s
}

// Append puts a raw mail into mailbox, received at the given moment, and
// returns its UID. Sessions that idle there are told.
func (s *IMAPServer) Append(t testing.TB, mailbox string, raw []byte, received time.Time) imap.UID {
	t.Helper()
	data, err := s.user.Append(mailbox, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: received})
	if err != nil {
		t.Fatalf("append to %s: %v", mailbox, err)
	}
	return data.UID
}

// Recreate deletes mailbox and makes it again, empty and under a new
// UIDVALIDITY: what a restored backup looks like to a client.
func (s *IMAPServer) Recreate(t testing.TB, mailbox string) {
	t.Helper()
	if err := s.user.Delete(mailbox); err != nil {
		t.Fatalf("delete %s: %v", mailbox, err)
	}
	if err := s.user.Create(mailbox, nil); err != nil {
		t.Fatalf("make %s: %v", mailbox, err)
	}
}

// idler mends a race of go-imap v2.0.0-beta.8: mail that arrives between the
// answer to IDLE and the moment the server begins to listen is queued and never
// announced. It looks into the queue now and then.
type idler struct{ imapserver.SessionIMAP4rev2 }

// idleLook bounds how late such a mail is announced.
const idleLook = 50 * time.Millisecond

func (s idler) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	look := time.NewTicker(idleLook)
	defer look.Stop()
	for {
		pause := make(chan struct{})
		idled := make(chan error, 1)
		go func() { idled <- s.SessionIMAP4rev2.Idle(w, pause) }()
		ended := false
		select {
		case <-stop:
			ended = true
		case <-look.C:
		}
		close(pause)
		if err := <-idled; err != nil || ended {
			return err
		}
		if err := s.Poll(w, true); err != nil {
			return err
		}
	}
}

type literal struct{ *bytes.Reader }

// Size is the literal's length in bytes, announced before it (RFC 9051 4.3).
func (l literal) Size() int64 { return l.Reader.Size() }

// quiet drops what a server says about clients that left in the middle, which
// tests make happen on purpose.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
