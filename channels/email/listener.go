package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/desk"
)

// InConfig is the listener for mail that is pushed to us by SMTP or LMTP.
type InConfig struct {
	// Listen is where mail is taken: host:port. Empty: nowhere, mail is read from mailboxes alone.
	Listen string `yaml:"listen"`
	// LMTP speaks LMTP (RFC 2033) instead of SMTP: each recipient gets an answer of its own.
	LMTP bool `yaml:"lmtp"`
	// Hostname is our name in the greeting. Empty: the machine's.
	Hostname string `yaml:"hostname"`
	// TLSCert is the certificate for STARTTLS, a PEM file with its chain. Empty: STARTTLS is not offered.
	TLSCert string `yaml:"tls_cert"`
	// TLSKey is its key, a PEM file.
	TLSKey string `yaml:"tls_key"`
	// RequireTLS takes no mail before STARTTLS.
	RequireTLS bool `yaml:"require_tls"`
	// Peers may push: addresses or networks, 10.0.0.0/8. Others are sent away at once.
	Peers []string `yaml:"peers"`
	// MaxBytes is the largest mail taken; a larger one is refused with 552.
	MaxBytes int64 `yaml:"max_bytes"`
	// MaxRecipients is how many one mail may have.
	MaxRecipients int `yaml:"max_recipients"`
	// Connections is how many may be open at once, all peers together.
	Connections int `yaml:"connections"`
	// PerPeer is how many one peer may have open at once.
	PerPeer int `yaml:"per_peer"`
	// PerMinute is how many mails one peer may push within a minute; 0: any number.
	PerMinute int `yaml:"per_minute"`
}

// DefaultIn takes no mail, and where it is told to, from this machine alone.
func DefaultIn() InConfig {
	return InConfig{
		Peers: []string{"127.0.0.0/8", "::1/128"}, MaxBytes: defaultMaxMail, MaxRecipients: 100, Connections: 200, PerPeer: 20, PerMinute: 6000,
	}
}

// Validate says which key makes no sense and what is allowed.
func (c InConfig) Validate() error {
	if c.Listen == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %q: want host:port", c.Listen)
	}
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("tls_key: want both tls_cert and tls_key, or neither")
	case c.RequireTLS && c.TLSCert == "":
		return errors.New("require_tls: needs tls_cert and tls_key")
	case c.MaxBytes < 1<<10 || c.MaxBytes > LargestMail:
		return fmt.Errorf("max_bytes: %d: want 1024 to %d", c.MaxBytes, LargestMail)
	case c.MaxRecipients < 1 || c.MaxRecipients > 1000:
		return fmt.Errorf("max_recipients: %d: want 1 to 1000", c.MaxRecipients)
	case c.Connections < 1 || c.PerPeer < 1:
		return errors.New("connections: want 1 or more, per_peer too")
	case c.PerMinute < 0:
		return fmt.Errorf("per_minute: %d: want 0 or more", c.PerMinute)
	case len(c.Peers) == 0:
		return errors.New("peers: want at least one address or network")
	}
	_, err := c.networks()
	return err
}

func (c InConfig) networks() ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(c.Peers))
	for i, p := range c.Peers {
		if a, err := netip.ParseAddr(p); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		n, err := netip.ParsePrefix(p)
		if err != nil {
			return nil, fmt.Errorf("peers[%d]: %q: want an address or a network, 10.0.0.0/8", i, p)
		}
		out = append(out, n.Masked())
	}
	return out, nil
}

// InDeps is what a [Listener] is made of. All but Metrics and Log must be there.
type InDeps struct {
	// Inboxes are the inboxes as the settings have them now.
	Inboxes func() []desk.Inbox
	// Taker takes mail in for an inbox.
	Taker   func(desk.Inbox) (*Taker, error)
	Now     func() time.Time
	Metrics *InMetrics
	Log     *slog.Logger
}

// Listener takes mail that firms route straight to us. It answers 250 only when the mail is in the record (or whole in
// quarantine), 4xx when the other side should come again, and 5xx when that would change nothing.
type Listener struct {
	cfg   InConfig
	deps  InDeps
	peers []netip.Prefix
	tls   *tls.Config
	gate  *gate
	large chan struct{} // slots for mails that take much memory

	mu     sync.Mutex
	takers map[desk.InboxID]ownedTaker
	down   string // why it does not listen; "": it does
}

type ownedTaker struct {
	doc   string
	taker *Taker
}

// NewListener returns one. Errors: those of the certificate's files.
func NewListener(cfg InConfig, d InDeps) (*Listener, error) {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	peers, err := cfg.networks()
	if err != nil {
		return nil, err
	}
	l := &Listener{cfg: cfg, deps: d, peers: peers, large: make(chan struct{}, largeAtOnce), takers: map[desk.InboxID]ownedTaker{}, down: "not_listening"}
	if cfg.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("read the certificate of smtp_in: %w", err)
		}
		l.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	l.gate = newGate(cfg, d.Now)
	return l, nil
}

// Down says why no mail is taken; "" when it is.
func (l *Listener) Down() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down
}

func (l *Listener) setDown(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = why
}

const (
	// commandTime bounds the wait for the next byte of a peer (RFC 5321 4.5.3.2: five minutes are the least).
	commandTime = 5 * time.Minute
	// sessionTime bounds a connection: one that drips bytes shall not last for ever.
	sessionTime = 30 * time.Minute
	// drainTime is how long mails under way may finish after a stop was asked.
	drainTime = 15 * time.Second
	// largeMail is the size from which a mail needs a slot, in bytes, and largeAtOnce how many slots there are.
	largeMail   = 1 << 20
	largeAtOnce = 2
	// largeWait is how long a large mail waits for a slot before it is told to come again.
	largeWait = 30 * time.Second
	// takeTime bounds how long the record may take for one mail before its sender is told to come again.
	takeTime = 60 * time.Second
	// insistTime is how long a store that is away is asked again: the sender comes again by itself.
	insistTime = 3 * time.Second
	// maxLine bounds a line, in bytes. RFC 5321 4.5.3.1.6 says 1000; real mail has pages of HTML in one, and refusing it
	// would lose it.
	maxLine = 4 << 20
	// maxRefused is how many unknown recipients a connection may name: address lists are tried out otherwise.
	maxRefused = 20
)

// Run takes mail from ln until ctx ends; then mails under way may finish for a while.
func (l *Listener) Run(ctx context.Context, ln net.Listener) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return l.session(work, c) }))
	server.Domain = l.hostname()
	server.LMTP, server.TLSConfig = l.cfg.LMTP, l.tls
	server.MaxMessageBytes, server.MaxRecipients = l.cfg.MaxBytes, l.cfg.MaxRecipients
	server.ReadTimeout, server.WriteTimeout = commandTime, time.Minute
	server.MaxLineLength = maxLine
	server.EnableSMTPUTF8 = true
	server.ErrorLog = errorLog{l.deps.Log}

	door := &door{Listener: ln, l: l, open: map[*guarded]bool{}}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(door) }()
	l.setDown("")
	defer l.setDown("not_listening")
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	door.closing.Store(true)
	finished, drained := context.WithTimeout(work, drainTime)
	defer drained()
	context.AfterFunc(finished, door.cutAll)
	door.cutIdle()
	_ = server.Shutdown(context.WithoutCancel(ctx)) // waits for the sessions; what is still open then is cut above
	if err != nil {
		return fmt.Errorf("take pushed mail: %w", err)
	}
	return nil
}

func (l *Listener) hostname() string {
	if l.cfg.Hostname != "" {
		return l.cfg.Hostname
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "localhost"
}

// taker is who takes mail in for an inbox, made anew when its settings changed.
func (l *Listener) taker(inbox desk.Inbox) (*Taker, error) {
	doc := inbox.Address + "\x00" + string(inbox.Channel)
	l.mu.Lock()
	defer l.mu.Unlock()
	if have, ok := l.takers[inbox.ID]; ok && have.doc == doc {
		return have.taker, nil
	}
	t, err := l.deps.Taker(inbox)
	if err != nil {
		return nil, err
	}
	t.deps.Timing.Insist = insistTime
	l.takers[inbox.ID] = ownedTaker{doc, t}
	return t, nil
}

// find is the inbox an address belongs to, with or without a plus part.
func (l *Listener) find(address string) (desk.Inbox, bool) {
	address = plain(address)
	for _, inbox := range l.deps.Inboxes() {
		if inbox.Medium != desk.Email || !inbox.Enabled {
			continue
		}
		if plain(inbox.Address) == address {
			return inbox, true
		}
		s, err := ParseSettings(inbox.Channel)
		if err == nil && slices.ContainsFunc(s.Aliases, func(a string) bool { return plain(a) == address }) {
			return inbox, true
		}
	}
	return desk.Inbox{}, false
}

// errorLog is what go-smtp says about connections that broke: of interest to those who look for it.
type errorLog struct{ log *slog.Logger }

func (e errorLog) Printf(format string, v ...any) {
	e.log.Debug("pushing connection", "said", fmt.Sprintf(format, v...))
}

func (e errorLog) Println(v ...any) {
	e.log.Debug("pushing connection", "said", strings.TrimSpace(fmt.Sprintln(v...)))
}
