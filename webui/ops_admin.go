package webui

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"regexp"

	"yingda/desk"
)

// idForm is what an administrator may choose as a document's id: it stands in URLs, keys and logs.
var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func (s *Server) adminOps() {
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/inboxes/check", "checkInbox", "Try an inbox before it is saved"}, s.checkInbox)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/settings/inboxes/{id}/secrets", "listSecrets", "Which secrets it has, never their values"}, s.listSecrets)
	add(s, op{desk.RoleAdministrator, http.MethodPut, "/settings/inboxes/{id}/secret/{name}", "saveSecret", "Set a secret; it cannot be read back"}, s.saveSecret)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/agents/{id}/password", "setPassword", "Set somebody's password; they are signed out everywhere"}, s.setPassword)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/audit", "listAudit", "Who changed, exported and looked at what"}, s.audit)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/quarantine", "listQuarantine", "What came in and could not be read"}, s.quarantine)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/quarantine/{id}/retry", "retryQuarantine", "Try to read it once more"}, s.retryQuarantine)
}

func (s *Server) checkInbox(ctx context.Context, in *struct{ Body InboxCheck }) (*out[InboxVerdict], error) {
	if s.Inspector == nil {
		return nil, refuse(desk.Unavailable, "inspection_down")
	}
	var inbox desk.Inbox
	if err := json.Unmarshal(in.Body.Doc, &inbox); err != nil {
		return nil, refuse(desk.Invalid, "field_wrong", "field", "doc")
	}
	verdict := InboxVerdict{OK: true, Findings: whole(s.Inspector.Inspect(ctx, inbox, in.Body.Secrets))}
	for i, f := range verdict.Findings {
		verdict.OK = verdict.OK && f.OK
		if f.Params == nil {
			verdict.Findings[i].Params = map[string]string{}
		}
	}
	return &out[InboxVerdict]{verdict}, nil
}

func (s *Server) listSecrets(ctx context.Context, in *ByID) (*out[Page[string]], error) {
	if _, ok := s.Dir().Inbox(desk.InboxID(in.ID)); !ok {
		return nil, notYours()
	}
	names, err := s.Papers.SecretNames(ctx, desk.InboxID(in.ID))
	return &out[Page[string]]{Page[string]{Items: whole(names)}}, err
}

type secretIn struct {
	ByID
	Name string `path:"name" maxLength:"40" pattern:"^[a-z_]+$"`
	Body struct {
		Value string `json:"value" maxLength:"10000" doc:"empty: forget it"`
	}
}

func (s *Server) saveSecret(ctx context.Context, in *secretIn) (*ack, error) {
	inbox, ok := s.Dir().Inbox(desk.InboxID(in.ID))
	if !ok {
		return nil, notYours()
	}
	if in.Body.Value == "" && in.Name == signingSecret(inbox) {
		return nil, refuse(desk.Conflict, "key_in_use")
	}
	if err := s.Papers.SaveSecret(ctx, desk.InboxID(in.ID), in.Name, in.Body.Value); err != nil {
		return nil, err
	}
	what := "secret_set:" + in.Name
	return done(), s.Desk.Log(ctx, desk.Subject{Kind: desk.AboutInbox, ID: in.ID}, viewing(ctx).actor(), desk.Looked{What: what})
}

// signingSecret is the secret an inbox's mail is signed with: without it no mail would go. Empty when nothing is signed.
func signingSecret(i desk.Inbox) string {
	var own struct {
		DKIM struct{ Domain, Secret string } `json:"dkim"`
	}
	if json.Unmarshal(i.Channel, &own) != nil || own.DKIM.Domain == "" {
		return ""
	}
	return cmp.Or(own.DKIM.Secret, "dkim_key")
}

type passwordIn struct {
	ByID
	Body struct {
		Password string `json:"password" minLength:"10" maxLength:"256"`
	}
}

func (s *Server) setPassword(ctx context.Context, in *passwordIn) (*ack, error) {
	a, ok := s.Dir().Agent(desk.AgentID(in.ID))
	if !ok {
		return nil, notYours()
	}
	if err := s.Accounts.SetPassword(ctx, a.ID, in.Body.Password); err != nil {
		return nil, err
	}
	ended, err := s.Accounts.EndAll(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	s.Hub.SignedOut(ended...)
	return done(), s.Desk.Log(ctx, desk.SettingAgent.Subject(in.ID), viewing(ctx).actor(), desk.Looked{What: "password_set"})
}

func (s *Server) audit(ctx context.Context, in *Paging) (*out[Page[Event]], error) {
	return s.events(*in, func(before int64, limit int) ([]desk.Event, error) { return s.Papers.Audit(ctx, before, limit) })
}

// maxQuarantine bounds the list of what could not be read; older ones come up as newer ones are dealt with.
const maxQuarantine = 200

func (s *Server) quarantine(ctx context.Context, _ *struct{}) (*out[Page[QuarantineItem]], error) {
	all, err := s.Channels.Quarantined(ctx, maxQuarantine)
	if err != nil {
		return nil, err
	}
	items := mapped(all, func(q desk.Quarantine) QuarantineItem {
		return QuarantineItem{
			ID: q.ID, Inbox: string(q.Inbox), Source: q.Source, Cause: q.Cause, Size: q.Size, At: at(q.At), RetriedAt: at(q.RetriedAt),
		}
	})
	return &out[Page[QuarantineItem]]{Page[QuarantineItem]{Items: items}}, nil
}

func (s *Server) retryQuarantine(ctx context.Context, in *ByID) (*ack, error) {
	if s.Retrier == nil {
		return nil, refuse(desk.Unavailable, "retry_down")
	}
	if _, err := s.Channels.QuarantinedOne(ctx, in.ID); err != nil {
		return nil, err
	}
	return done(), s.Retrier.Retry(ctx, in.ID)
}
