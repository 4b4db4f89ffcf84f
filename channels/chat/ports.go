package chat

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/channels"
	"yingda/desk"
)

// Desk is what the widget's words change; *desk.Service is one.
type Desk interface {
	channels.Intake
	Delivered(ctx context.Context, actor desk.Actor, id desk.ConversationID, number int64) error
	ReadUpTo(ctx context.Context, actor desk.Actor, id desk.ConversationID, number int64) error
	// What visitors wish for besides: see wish.go and session.go.
	Rate(ctx context.Context, actor desk.Actor, id desk.ConversationID, stars int, words string) error
	Call(ctx context.Context, e desk.CallEvent) (desk.Received, error)
	Continue(ctx context.Context, actor desk.Actor, from, into desk.ConversationID) error
	Identify(ctx context.Context, inbox desk.InboxID, k desk.Known) (bool, error)
}

// Records is what a visitor may read back; *store.DB is one.
type Records interface {
	// ChatOf returns the newest conversation of the contact known by i in a chat inbox, one that is not resolved before
	// any other, or desk.ErrNotFound.
	ChatOf(ctx context.Context, inbox desk.InboxID, i desk.Identity) (desk.Conversation, error)
	// Messages returns one page of a thread in ascending order.
	Messages(ctx context.Context, id desk.ConversationID, page desk.MessagePage) ([]desk.Message, error)
	// Contact returns one with its identities, or desk.ErrNotFound.
	Contact(ctx context.Context, id desk.ContactID) (desk.Contact, error)
}

// Place is where a waiting conversation stands. Low and High bound the wait that is left; both zero when too little is
// known to say.
type Place struct {
	Number    int // 1 is next, 0 rings at somebody now
	Low, High time.Duration
}

// Queue knows who waits where.
type Queue interface {
	// Place is false for a conversation that does not wait.
	Place(id desk.ConversationID) (Place, bool)
}

// Hours knows when a calendar is open. Changes is the next moment that turns it over, zero when none is known.
type Hours interface {
	Open(calendar string, at time.Time) (open bool, changes time.Time)
}

// Blobs keeps files under their hex SHA-256.
type Blobs interface {
	// PutBlob streams r, at most max bytes, else TooLarge "file_too_large".
	PutBlob(ctx context.Context, r io.Reader, max int64) (blob string, size int64, err error)
	OpenBlob(ctx context.Context, blob string) (io.ReadCloser, int64, error)
}

// Secrets keeps what must not stand in a settings document. The inbox's identity secret is called [IdentitySecret].
type Secrets interface {
	// Secret returns "" or desk.ErrNotFound when there is none.
	Secret(ctx context.Context, inbox desk.InboxID, name string) (string, error)
}

// IdentitySecret is the name of the secret a firm signs its customers' identities with.
const IdentitySecret = "identity"

// Deps is what a Chat is made of. Queue, Hours, Secrets, Pages and Registry may be nil: nobody waits, every inbox is
// open, no identity is believed, no pages are served, nothing is counted.
type Deps struct {
	Desk      Desk
	Records   Records
	Directory desk.Directory
	Queue     Queue
	Hours     Hours
	Blobs     Blobs
	Secrets   Secrets
	Signals   *desk.Signals
	Pages     fs.FS // the built widget: widget.js, widget.html, widget/…
	Logger    *slog.Logger
	Registry  prometheus.Registerer
	Now       func() time.Time
	ClientIP  func(*http.Request) string // nil: the peer's address
	// Phone brings a typed number into the form callers are known by; nil: nobody can ask to be called.
	Phone  func(raw string) string
	Config Config
}

// Config is the room's part of the configuration file.
type Config struct {
	// Key signs visitors' tokens and file links; at least 32 bytes. The same on every node, else visitors lose their
	// conversation when they meet another one.
	Key []byte `yaml:"-"`
	// PublicURL is the address customers' browsers reach this server at; its origin may open sockets. "" trusts the
	// Host header.
	PublicURL string `yaml:"-"`
	// MaxFile is the largest file a visitor may send, in bytes.
	MaxFile int64 `yaml:"max_file_bytes"`
	// SocketsPerIP bounds the open sockets of one address on this node.
	SocketsPerIP int `yaml:"sockets_per_ip"`
	// SocketsPerVisitor bounds the open sockets of one visitor on this node: a tab each.
	SocketsPerVisitor int `yaml:"sockets_per_visitor"`
}

// Default is the published configuration.
func Default() Config {
	return Config{MaxFile: 25 << 20, SocketsPerIP: 100, SocketsPerVisitor: 10}
}

// Validate names the first key that makes no sense and what is allowed.
func (c Config) Validate() error {
	switch {
	case c.MaxFile < 1:
		return fmt.Errorf("chat.max_file_bytes: %d: want 1 or more", c.MaxFile)
	case c.SocketsPerIP < 1:
		return fmt.Errorf("chat.sockets_per_ip: %d: want 1 or more", c.SocketsPerIP)
	case c.SocketsPerVisitor < 1:
		return fmt.Errorf("chat.sockets_per_visitor: %d: want 1 or more", c.SocketsPerVisitor)
	}
	return nil
}

// minKey is the least length of [Config].Key, in bytes: what HMAC-SHA256 is made for.
const minKey = 32
