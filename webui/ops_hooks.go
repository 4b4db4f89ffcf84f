package webui

import (
	"context"
	"encoding/json"
	"net/http"

	"yingda/desk"
)

// Hooks look after webhooks; cmd brings one.
type Hooks interface {
	// MakeSecret makes and keeps a new signing secret; the old one is gone.
	MakeSecret(ctx context.Context, webhook string) (string, error)
	HasSecret(ctx context.Context, webhook string) (bool, error)
	// Try queues a delivery that only tries the line.
	Try(ctx context.Context, webhook string) (desk.HookDelivery, error)
}

// Notices are what was told outside the console; *store.DB is one.
type Notices interface {
	HookHealth(ctx context.Context) ([]desk.HookHealth, error)
	// HookDeliveries is one page, newest first.
	HookDeliveries(ctx context.Context, q desk.HookQuery) ([]desk.HookDelivery, error)
	// HookDelivery is one, or desk.ErrNotFound.
	HookDelivery(ctx context.Context, id string) (desk.HookDelivery, error)
	// ResendHook lets one that has ended be sent once more. Errors: NotFound; Conflict "hook_waits".
	ResendHook(ctx context.Context, id string) error
	EnableHook(ctx context.Context, webhook string) error
	NoticeWish(ctx context.Context, a desk.AgentID) (desk.NoticeWish, error)
	SaveNoticeWish(ctx context.Context, a desk.AgentID, w desk.NoticeWish) error
}

func (s *Server) hookOps() {
	documentOps[desk.Webhook](s, desk.SettingWebhook, "webhooks", "Webhook")
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/webhooks/{id}/secret", "makeWebhookSecret", "Make a new signing secret, shown once"}, s.makeHookSecret)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/webhooks", "listWebhooks", "How webhooks are doing"}, s.hookHealth)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/webhooks/{id}/test", "testWebhook", "Send a delivery that only tries the line"}, s.tryHook)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/webhooks/{id}/enable", "enableWebhook", "Tell one again that was switched off because it failed"}, s.enableHook)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/webhooks/{id}/deliveries", "listDeliveries", "What it was told, newest first"}, s.listHooks)
	add(s, op{desk.RoleAdministrator, http.MethodGet, "/webhooks/{id}/deliveries/{delivery}", "getDelivery", "One, with the body that is sent"}, s.getHook)
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/webhooks/{id}/deliveries/{delivery}/resend", "resendDelivery", "Send one that has ended once more, under the same id"}, s.resendHook)
	add(s, op{desk.RoleAgent, http.MethodGet, "/me/notices", "getNoticeWish", "How I wish to be told of late promises"}, s.getWish)
	add(s, op{desk.RoleAgent, http.MethodPut, "/me/notices", "saveNoticeWish", "Say when mails may come, or that none may"}, s.saveWish)
}

// hook is a webhook's document, or notYours.
func (s *Server) hook(ctx context.Context, id string) (desk.Webhook, error) {
	set, err := s.Papers.Setting(ctx, desk.SettingWebhook, id)
	if err == nil && set.Deleted {
		err = notYours()
	}
	var w desk.Webhook
	if err == nil {
		err = json.Unmarshal(set.Doc, &w)
	}
	w.ID = id
	return w, err
}

func (s *Server) makeHookSecret(ctx context.Context, in *ByID) (*out[HookSecret], error) {
	if _, err := s.hook(ctx, in.ID); err != nil {
		return nil, err
	}
	secret, err := s.Hooks.MakeSecret(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &out[HookSecret]{HookSecret{Secret: secret}}, s.hookDeed(ctx, in.ID, "secret_set:signing")
}

// hookDeed writes down what an administrator did with a webhook besides changing its document.
func (s *Server) hookDeed(ctx context.Context, webhook, what string) error {
	return s.Desk.Log(ctx, desk.SettingWebhook.Subject(webhook), viewing(ctx).actor(), desk.Looked{What: what})
}

func (s *Server) hookHealth(ctx context.Context, _ *struct{}) (*out[Page[HookHealth]], error) {
	docs, err := s.Papers.Settings(ctx, desk.SettingWebhook)
	if err != nil {
		return nil, err
	}
	list, err := s.Notices.HookHealth(ctx)
	if err != nil {
		return nil, err
	}
	doing := map[string]desk.HookHealth{}
	for _, h := range list {
		doing[h.Webhook] = h
	}
	items := []HookHealth{}
	for _, set := range docs {
		var w desk.Webhook
		if err := json.Unmarshal(set.Doc, &w); err != nil {
			return nil, err
		}
		h := doing[set.ID]
		has, err := s.Hooks.HasSecret(ctx, set.ID)
		if err != nil {
			return nil, err
		}
		items = append(items, HookHealth{
			ID: set.ID, Name: w.Name, URL: w.URL, State: hookState(w, h), HasSecret: has, FailingSince: at(h.FailingSince),
			LastGood: at(h.LastGood), DisabledAt: at(h.DisabledAt), Reason: h.Reason, Waiting: h.Waiting,
		})
	}
	return &out[Page[HookHealth]]{Page[HookHealth]{Items: items}}, nil
}

func hookState(w desk.Webhook, h desk.HookHealth) string {
	switch {
	case !w.Enabled:
		return "off"
	case !h.DisabledAt.IsZero():
		return "disabled"
	case !h.FailingSince.IsZero():
		return "failing"
	case h.LastGood.IsZero():
		return "new"
	}
	return "good"
}

func (s *Server) tryHook(ctx context.Context, in *ByID) (*out[HookDelivery], error) {
	if _, err := s.hook(ctx, in.ID); err != nil {
		return nil, err
	}
	d, err := s.Hooks.Try(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &out[HookDelivery]{wireHook(d)}, s.hookDeed(ctx, in.ID, "webhook_tested")
}

func (s *Server) enableHook(ctx context.Context, in *ByID) (*ack, error) {
	if _, err := s.hook(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.Notices.EnableHook(ctx, in.ID); err != nil {
		return nil, err
	}
	return done(), s.hookDeed(ctx, in.ID, "webhook_enabled")
}

type hooksIn struct {
	ByID
	Paging
	State string `query:"state" enum:",waiting,delivered,failed"`
}

func (s *Server) listHooks(ctx context.Context, in *hooksIn) (*out[Page[HookDelivery]], error) {
	if _, err := s.hook(ctx, in.ID); err != nil {
		return nil, err
	}
	var place hookPlace
	if err := s.sign.open("webhook deliveries", in.Cursor, &place); err != nil {
		return nil, err
	}
	list, err := s.Notices.HookDeliveries(ctx, desk.HookQuery{
		Webhook: in.ID, State: desk.HookState(in.State), Before: place.Seq, After: place.ID, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	p := Page[HookDelivery]{Items: []HookDelivery{}}
	for _, d := range list {
		d.Body = ""
		p.Items = append(p.Items, wireHook(d))
	}
	if len(list) == in.Limit {
		last := list[len(list)-1]
		p.Next = s.sign.seal("webhook deliveries", hookPlace{last.Seq, last.ID})
	}
	return &out[Page[HookDelivery]]{p}, nil
}

// hookPlace is after which delivery a page begins.
type hookPlace struct {
	Seq int64  `json:"seq"`
	ID  string `json:"id"`
}

type hookIn struct {
	ByID
	Delivery string `path:"delivery" maxLength:"200"`
}

// delivery is one of this very webhook.
func (s *Server) delivery(ctx context.Context, in *hookIn) (desk.HookDelivery, error) {
	d, err := s.Notices.HookDelivery(ctx, in.Delivery)
	if err == nil && d.Webhook != in.ID {
		err = notYours()
	}
	return d, err
}

func (s *Server) getHook(ctx context.Context, in *hookIn) (*out[HookDelivery], error) {
	d, err := s.delivery(ctx, in)
	if err != nil {
		return nil, err
	}
	return &out[HookDelivery]{wireHook(d)}, nil
}

func (s *Server) resendHook(ctx context.Context, in *hookIn) (*out[HookDelivery], error) {
	if _, err := s.delivery(ctx, in); err != nil {
		return nil, err
	}
	if err := s.Notices.ResendHook(ctx, in.Delivery); err != nil {
		return nil, err
	}
	if err := s.hookDeed(ctx, in.ID, "delivery_resent:"+in.Delivery); err != nil {
		return nil, err
	}
	return s.getHook(ctx, in)
}

func (s *Server) getWish(ctx context.Context, _ *struct{}) (*out[desk.NoticeWish], error) {
	w, err := s.Notices.NoticeWish(ctx, viewing(ctx).agent.ID)
	return &out[desk.NoticeWish]{w}, err
}

type wishIn struct{ Body desk.NoticeWish }

func (s *Server) saveWish(ctx context.Context, in *wishIn) (*out[desk.NoticeWish], error) {
	if err := in.Body.Validate(); err != nil {
		return nil, err
	}
	if err := s.Notices.SaveNoticeWish(ctx, viewing(ctx).agent.ID, in.Body); err != nil {
		return nil, err
	}
	return &out[desk.NoticeWish]{in.Body}, nil
}
