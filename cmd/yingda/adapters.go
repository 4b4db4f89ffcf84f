package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"yingda/channels/email"
	"yingda/desk"
	"yingda/router"
	"yingda/store"
	"yingda/webui"
)

// Small bridges: a room that needs another room's deed declares it in its own words, and here is who does it.

// liveDirectory always answers from the newest settings.
type liveDirectory struct{ db *store.DB }

func (l liveDirectory) Inbox(id desk.InboxID) (desk.Inbox, bool) { return l.db.Directory().Inbox(id) }

func (l liveDirectory) Queue(id desk.QueueID) (desk.Queue, bool) { return l.db.Directory().Queue(id) }

func (l liveDirectory) Team(id desk.TeamID) (desk.Team, bool) { return l.db.Directory().Team(id) }

func (l liveDirectory) Agent(id desk.AgentID) (desk.Agent, bool) { return l.db.Directory().Agent(id) }

func (l liveDirectory) Agents() []desk.Agent { return l.db.Directory().Agents() }

func (l liveDirectory) Queues() []desk.Queue { return l.db.Directory().Queues() }

func (l liveDirectory) Review() desk.ReviewPolicy { return l.db.Directory().Review() }

func (l liveDirectory) Inboxes() []desk.Inbox { return l.db.Directory().Inboxes() }
func (l liveDirectory) Teams() []desk.Team    { return l.db.Directory().Teams() }

// Reasons and Leave are desk.Duties.
func (l liveDirectory) Reasons() []desk.AwayReason { return l.db.Directory().Reasons() }

func (l liveDirectory) Leave(a desk.AgentID) []desk.Absence { return l.db.Directory().Leave(a) }

// routing shows the router to the console.
type routing struct{ r *router.Router }

func (x routing) Offers(ctx context.Context, a desk.AgentID) ([]webui.OpenOffer, error) {
	offers, err := x.r.Offers(ctx, a)
	out := make([]webui.OpenOffer, len(offers))
	for i, o := range offers {
		out[i] = webui.OpenOffer{ID: o.ID, Conversation: o.Conversation, Agent: o.Agent, ExpiresAt: o.ExpiresAt, Weight: o.Weight}
	}
	return out, err
}

func (x routing) Accept(ctx context.Context, id desk.OfferID, a desk.AgentID) error {
	_, err := x.r.Accept(ctx, id, a)
	return err
}

func (x routing) Decline(ctx context.Context, id desk.OfferID, a desk.AgentID, reason string) error {
	return x.r.Decline(ctx, id, a, reason)
}

func (x routing) Take(ctx context.Context, by desk.Actor, c desk.ConversationID, a desk.AgentID, force bool) error {
	_, err := x.r.Take(ctx, c, a, by, force)
	return err
}

// mailBlobs keeps raw mails and attachments in the blob store, which bounds them by the mail limit.
type mailBlobs struct{ db *store.DB }

// maxBlob bounds one stored mail, in bytes: the largest an inbox may take, and what a server may send beyond the size
// it told.
const maxBlob = email.LargestMail + 2<<20

func (b mailBlobs) Put(ctx context.Context, r io.Reader) (string, int64, error) {
	return b.db.PutBlob(ctx, r, maxBlob)
}

func (b mailBlobs) PutBlobs(ctx context.Context, blobs [][]byte) error {
	return b.db.PutBlobs(ctx, blobs)
}

func (b mailBlobs) Open(ctx context.Context, sum string) (io.ReadCloser, error) {
	body, _, err := b.db.OpenBlob(ctx, sum)
	return body, err
}

// inboxSecrets are the secrets of one inbox.
type inboxSecrets struct {
	db    *store.DB
	inbox desk.InboxID
}

// Secret is what was saved, or what a provider gave in its place while the connection was tested.
func (s inboxSecrets) Secret(ctx context.Context, name string) (string, error) {
	v, err := s.db.Secret(ctx, s.inbox, name)
	if err != nil {
		return "", err
	}
	return s.newest(ctx, v)
}

// rotated is where tokens are kept that providers gave in place of one that is in a form, not saved yet: under the hash
// of the old one. Whoever saves the old one later gets the new one (UP-E11).
const rotated desk.InboxID = "~rotated"

func rotatedName(old string) string {
	sum := sha256.Sum256([]byte(old))
	return hex.EncodeToString(sum[:])
}

// maxRotations bounds how far a chain of rotated tokens is followed.
const maxRotations = 100

func (s inboxSecrets) newest(ctx context.Context, v string) (string, error) {
	for range maxRotations {
		next, err := s.db.Secret(ctx, rotated, rotatedName(v))
		if desk.CodeOf(err) == desk.NotFound {
			return v, nil
		}
		if err != nil {
			return "", err
		}
		v = next
	}
	return v, nil
}

func (s inboxSecrets) SaveSecret(ctx context.Context, name, value string) error {
	return s.db.SaveSecret(ctx, s.inbox, name, value)
}

// channelLog writes what a channel reports as facts and as the state screens read.
type channelLog struct{ n *node }

func (c channelLog) ChannelState(ctx context.Context, inbox desk.InboxID, s desk.ChannelState) error {
	return c.n.desk.Log(ctx, desk.Subject{Kind: desk.AboutInbox, ID: string(inbox)}, desk.System(), s)
}

// givenSecrets are secrets typed into a form, for a connection test before anything is saved; what was not typed is
// taken from the store.
type givenSecrets struct {
	inboxSecrets
	given map[string]string
}

func (s givenSecrets) Secret(ctx context.Context, name string) (string, error) {
	if v, ok := s.given[name]; ok && v != "" {
		return s.newest(ctx, v)
	}
	return s.inboxSecrets.Secret(ctx, name)
}

// SaveSecret keeps what the provider gave in place of the secret: the old one may be dead from now on. A secret of the
// store is replaced; one that is only in the form is followed from its old value.
func (s givenSecrets) SaveSecret(ctx context.Context, name, value string) error {
	typed, ok := s.given[name]
	if !ok || typed == "" {
		return s.inboxSecrets.SaveSecret(ctx, name, value)
	}
	last, err := s.newest(ctx, typed)
	if err != nil {
		return err
	}
	return s.db.SaveSecret(ctx, rotated, rotatedName(last), value)
}

var _ email.Secrets = givenSecrets{}
