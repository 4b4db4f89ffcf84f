package main

import (
	"context"
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

func (l liveDirectory) Inboxes() []desk.Inbox { return l.db.Directory().Inboxes() }
func (l liveDirectory) Teams() []desk.Team    { return l.db.Directory().Teams() }

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

// maxBlob bounds one stored mail, in bytes: the configured limit of an inbox is smaller and comes first.
const maxBlob = 64 << 20

func (b mailBlobs) Put(ctx context.Context, r io.Reader) (string, int64, error) {
	return b.db.PutBlob(ctx, r, maxBlob)
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

func (s inboxSecrets) Secret(ctx context.Context, name string) (string, error) {
	return s.db.Secret(ctx, s.inbox, name)
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
		return v, nil
	}
	return s.inboxSecrets.Secret(ctx, name)
}

// SaveSecret keeps nothing: a test must not change what is stored.
func (s givenSecrets) SaveSecret(context.Context, string, string) error { return nil }

var _ email.Secrets = givenSecrets{}
