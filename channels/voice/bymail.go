package voice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"yingda/desk"
)

// mailFor is the mail inbox that answers who asked on this line to be answered by mail.
func (v *Voice) mailFor(c call) (desk.Inbox, error) {
	if !desk.AddressFits(c.email) {
		return desk.Inbox{}, field("email", "a mail address")
	}
	to, ok := v.Directory().Inbox(c.settings.Mail)
	if !ok || to.Medium != desk.Email || !to.Enabled {
		return desk.Inbox{}, field("email", "this line names no mail inbox that answers")
	}
	return to, nil
}

// byMail makes a mail of a caller's wish to be answered by one; it takes the call's place in line. The address is what the
// exchange was told, so the mail is marked as unproven. Its words are what the caller said, and nobody's when nothing was
// said: then it shows as the call it was. Twice is once.
func (v *Voice) byMail(ctx context.Context, c call, to desk.Inbox, from desk.ConversationID) error {
	sum := sha256.Sum256([]byte(strings.ToLower(c.email)))
	message := desk.Message{
		Subject: c.event.From, Body: desk.Body{Text: c.event.Transcript}, From: desk.Address{Name: c.event.Name, Address: c.email},
		To: []desk.Address{{Address: to.Address}}, Unverified: true,
	}
	if c.event.Transcript == "" {
		called := desk.Call{}.Merge(c.event, "")
		message.Call = &called
	}
	got, err := v.Intake.Receive(ctx, desk.Inbound{
		Inbox: to.ID, Medium: desk.Email, External: "call:" + c.event.CallID + ":" + hex.EncodeToString(sum[:12]), At: c.event.At,
		From: desk.Identity{Kind: desk.ByEmail, Value: c.email}, FromName: c.event.Name,
		Message: message,
	})
	if err != nil || got.Conversation == "" || from == "" {
		return err
	}
	return v.Intake.Continue(ctx, desk.System(), from, got.Conversation)
}
