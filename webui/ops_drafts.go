package webui

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"yingda/desk"
)

func (s *Server) draftOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/conversations/{id}/draft", "getDraft", "What I have written here and not sent"}, s.getDraft)
	add(s, op{desk.RoleAgent, http.MethodPut, "/conversations/{id}/draft", "saveDraft", "Keep it"}, s.saveDraft)
	add(s, op{desk.RoleAgent, http.MethodDelete, "/conversations/{id}/draft", "deleteDraft", "Throw it away"}, s.deleteDraft)
}

// draftDoc is the part of a draft the store keeps as a document.
type draftDoc struct {
	Text        string       `json:"text"`
	HTML        string       `json:"html"`
	To          []Address    `json:"to"`
	Cc          []Address    `json:"cc"`
	Bcc         []Address    `json:"bcc"`
	Attachments []Attachment `json:"attachments"`
	Mode        string       `json:"mode"`
}

// getDraft answers an empty draft of version 0 when there is none: the page need not tell the two apart.
func (s *Server) getDraft(ctx context.Context, in *ByID) (*out[Draft], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	d, err := s.Desktop.Draft(ctx, v.id(), r.ID)
	if errors.Is(err, desk.ErrNotFound) {
		return &out[Draft]{emptyDraft()}, nil
	}
	if err != nil {
		return nil, err
	}
	w := emptyDraft()
	if err := json.Unmarshal(d.Doc, &w); err != nil {
		return nil, err
	}
	w.Version, w.UpdatedAt = d.Version, at(d.UpdatedAt)
	return &out[Draft]{w}, nil
}

func emptyDraft() Draft {
	return Draft{To: []Address{}, Cc: []Address{}, Bcc: []Address{}, Attachments: []Attachment{}, Mode: "reply"}
}

// DraftSave is a draft to keep; Version is the one seen, 0 for a new one.
type DraftSave struct {
	Text        string    `json:"text" maxLength:"500000"`
	HTML        string    `json:"html,omitempty" maxLength:"900000"`
	To          []Address `json:"to,omitempty" maxItems:"100"`
	Cc          []Address `json:"cc,omitempty" maxItems:"100"`
	Bcc         []Address `json:"bcc,omitempty" maxItems:"100"`
	Attachments []FileRef `json:"attachments,omitempty" maxItems:"40"`
	Mode        string    `json:"mode,omitempty" enum:"reply,note" default:"reply"`
	Version     int64     `json:"version,omitempty" minimum:"0" doc:"the one you saw; absent or 0: a new one"`
	UpdatedAt   *Time     `json:"updated_at,omitempty" doc:"ignored, so that a draft can be sent back as it was read"`
}

type draftIn struct {
	ByID
	Body DraftSave
}

func (s *Server) saveDraft(ctx context.Context, in *draftIn) (*out[Draft], error) {
	v, b := viewing(ctx), in.Body
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	doc := draftDoc{Text: b.Text, HTML: b.HTML, To: whole(b.To), Cc: whole(b.Cc), Bcc: whole(b.Bcc), Mode: b.Mode}
	doc.Attachments = mapped(b.Attachments, func(f FileRef) Attachment {
		return Attachment{
			Blob: f.Blob, Name: f.Name, ContentType: f.ContentType, Size: f.Size, Inline: f.Inline, ContentID: f.ContentID,
			URL: apiPrefix + "/files/" + f.Blob,
		}
	})
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	d := desk.Draft{Conversation: r.ID, Agent: v.id(), Doc: raw, Version: b.Version, UpdatedAt: s.Now()}
	if err := s.Desktop.SaveDraft(ctx, d); err != nil {
		if desk.ReasonOf(err) != "stale" {
			return nil, err
		}
		p := problemOf(err)
		if now, readErr := s.getDraft(ctx, &in.ByID); readErr == nil {
			p.Current = now.Body
		}
		return nil, p
	}
	return s.getDraft(ctx, &in.ByID)
}

// whole is in, never nil.
func whole[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

func (s *Server) deleteDraft(ctx context.Context, in *ByID) (*ack, error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	return done(), s.Desktop.DeleteDraft(ctx, v.id(), r.ID)
}
