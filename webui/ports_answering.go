package webui

import (
	"context"

	"yingda/desk"
)

// Answering is what the record knows about mail that leaves; *store.DB implements it.
type Answering interface {
	// Suppressions lists addresses that mail came back from for good, newest first.
	Suppressions(ctx context.Context, after desk.Keyset, limit int) ([]desk.Suppression, error)
	// SuppressedOf returns those of addresses (lower case) that are on the list.
	SuppressedOf(ctx context.Context, addresses []string) ([]desk.Suppression, error)
	// SideMessages lists what was said aside in a conversation, oldest first.
	SideMessages(ctx context.Context, id desk.ConversationID) ([]desk.Message, error)
	// ReviewsWaiting lists mails that wait for a second pair of eyes, oldest first.
	ReviewsWaiting(ctx context.Context, after desk.Keyset, limit int) ([]desk.Review, error)
	// Review returns the one of a message, or desk.ErrNotFound.
	Review(ctx context.Context, id desk.MessageID) (desk.Review, error)
}

// Letters are how an inbox's mail looks and is signed; the mail room knows.
type Letters interface {
	Preview(inbox desk.Inbox, sample LetterSample) (Letter, error)
	// SigningRecord is the DNS record of the inbox's key, or desk.ErrNotFound.
	SigningRecord(ctx context.Context, inbox desk.Inbox) (string, error)
	MakeSigningKey(ctx context.Context, inbox desk.Inbox) (record string, err error)
}

// SignIns sign mailboxes in at their providers.
type SignIns interface {
	SignInURL(inbox desk.Inbox, redirect, state, challenge string) (string, error)
	// Redeem exchanges a code for the token and keeps it.
	Redeem(ctx context.Context, inbox desk.Inbox, code, verifier, redirect string) error
}
