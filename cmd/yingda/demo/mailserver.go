package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
	"golang.org/x/sync/errgroup"
)

// MailPassword signs in to every account of the demo's mail server.
const MailPassword = "demo"

// maxDemoMail is the SMTP size limit, in bytes; the desk's own limit of 50 MB is reached first.
const maxDemoMail = 60 << 20

// MailServer is a small real mail server on loopback: SMTP takes any mail, IMAP shows each address its INBOX. What it
// took is on disk before it says 250, with UIDs that survive a restart.
type MailServer struct {
	dir        string
	logger     *slog.Logger
	smtp, imap net.Listener
	memory     *imapmemserver.Server

	mu       sync.Mutex
	accounts map[string]*account
}

// account is one address.
type account struct {
	user *imapmemserver.User
	mail *maildir
}

// OpenMailServer listens on smtpAddr and imapAddr (host:port, loopback) and loads what dir holds.
func OpenMailServer(dir, smtpAddr, imapAddr string, logger *slog.Logger) (*MailServer, error) {
	s := &MailServer{dir: dir, logger: logger, memory: imapmemserver.New(), accounts: map[string]*account{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open mail server: %w", err)
	}
	for _, e := range entries {
		if _, err := s.account(e.Name()); err != nil {
			return nil, err
		}
	}
	if s.smtp, err = net.Listen("tcp", smtpAddr); err != nil {
		return nil, fmt.Errorf("open mail server: %w", err)
	}
	if s.imap, err = net.Listen("tcp", imapAddr); err != nil {
		_ = s.smtp.Close()
		return nil, fmt.Errorf("open mail server: %w", err)
	}
	return s, nil
}

// SMTPAddr and IMAPAddr are where it listens.
func (s *MailServer) SMTPAddr() *net.TCPAddr { return s.smtp.Addr().(*net.TCPAddr) }

// IMAPAddr is where IMAP listens.
func (s *MailServer) IMAPAddr() *net.TCPAddr { return s.imap.Addr().(*net.TCPAddr) }

// Open makes the account of an address, so that it can be signed in to before the first mail comes.
func (s *MailServer) Open(address string) error {
	_, err := s.account(address)
	return err
}

// account is the account of an address, made when it is first written to. A plus part (support+anything@…) is the same
// account (RFC 5233).
func (s *MailServer) account(address string) (*account, error) {
	local, host, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	address = local + "@" + host
	if strings.ContainsAny(address, "/\\\x00") || strings.HasPrefix(address, ".") {
		return nil, &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "bad address"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[address]; ok {
		return a, nil
	}
	mail, err := openMaildir(filepath.Join(s.dir, address))
	if err != nil {
		return nil, err
	}
	a := &account{user: imapmemserver.NewUser(address, MailPassword), mail: mail}
	if err := a.user.Create("INBOX", nil); err != nil {
		return nil, fmt.Errorf("make INBOX of %s: %w", address, err)
	}
	if err := a.load(); err != nil {
		return nil, err
	}
	s.memory.AddUser(a.user)
	s.accounts[address] = a
	return a, nil
}

func (a *account) load() error {
	uids, err := a.mail.uids()
	if err != nil {
		return err
	}
	for _, uid := range uids {
		m, err := a.mail.read(uid)
		if err != nil {
			return err
		}
		if err := a.show(m.Raw); err != nil {
			return err
		}
	}
	return nil
}

// show makes a mail visible to IMAP; sessions that IDLE are woken.
func (a *account) show(raw []byte) error {
	_, err := a.user.Append("INBOX", literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: received(raw)})
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	return nil
}

// received is the moment our own trace line names, so that INTERNALDATE is the same after a restart.
func received(raw []byte) time.Time {
	line, _, _ := bytes.Cut(raw, []byte("\r\n"))
	_, stamp, ok := bytes.Cut(line, []byte("; "))
	if t, err := time.Parse(time.RFC1123Z, string(stamp)); ok && err == nil {
		return t
	}
	return time.Time{}
}

// literal is bytes as the IMAP library wants them.
type literal struct{ *bytes.Reader }

// Run serves until ctx ends.
func (s *MailServer) Run(ctx context.Context) error {
	out := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	out.Domain, out.AllowInsecureAuth, out.EnableSMTPUTF8 = "demo.localhost", true, true
	out.MaxMessageBytes, out.MaxRecipients = maxDemoMail, 100
	out.ReadTimeout, out.WriteTimeout = time.Minute, time.Minute
	out.ErrorLog = slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug)
	in := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return idling(s.memory.NewSession()), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return ended(ctx, out.Serve(s.smtp)) })
	g.Go(func() error { return ended(ctx, in.Serve(s.imap)) })
	g.Go(func() error {
		<-ctx.Done()
		// The listeners too: a server that is told to close before it serves does not know them yet.
		return errors.Join(quiet(out.Close()), quiet(in.Close()), quiet(s.smtp.Close()), quiet(s.imap.Close()))
	})
	return g.Wait()
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func quiet(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// session is one SMTP conversation.
type session struct {
	server *MailServer
	from   string
	to     []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { s.from = from; return nil }

// Rcpt takes any address but those that begin with "nobody", so that a refusal can be seen on the stage.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(strings.ToLower(to), "nobody") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	trace := "Received: by demo.localhost; " + time.Now().UTC().Format(time.RFC1123Z) + "\r\n"
	raw := append([]byte(trace), body...)
	for _, to := range s.to {
		a, err := s.server.account(to)
		if err != nil {
			return err
		}
		if _, err := a.mail.add(raw); err != nil {
			return err
		}
		if err := a.show(raw); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }
