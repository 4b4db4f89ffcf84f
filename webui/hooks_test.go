package webui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// "I have it" stands on the row, in the history and in the story of the clock; the clocks made anew agree.
func TestAcknowledgeClock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.promises.Use(sla.Defaults())
	own := s.mail("help", "x@customer.test", "where is it")
	ann := s.signsIn("ann")
	path := "/conversations/" + string(own.Conversation)
	row := want[Conversation](ann, http.MethodPost, path+"/clocks/first_response/acknowledge", "")
	var by []string
	for _, k := range row.Clocks {
		by = append(by, k.Target+":"+k.AckBy)
	}
	if got := strings.Join(by, " "); !strings.Contains(got, "first_response:ann") || !strings.HasSuffix(got, "next_response:") {
		t.Errorf("row: got %s, want ann to have the first response alone", got)
	}
	h := get[ClockHistory](ann, path+"/clocks")
	if last := h.Turns[len(h.Turns)-1]; !h.Agrees || last.What != "acknowledged" || last.By.ID != "ann" {
		t.Errorf("story: got %+v (agrees %v), want acknowledged by ann", last, h.Agrees)
	}
	if got := ann.do(http.MethodPost, path+"/clocks/callback/acknowledge", ""); got.status != http.StatusConflict || got.reason() != "no_clock" {
		t.Errorf("a promise that does not run: got %d %s, want 409 no_clock", got.status, got.reason())
	}
}

// keyRing stands where cmd keeps secrets.
type keyRing struct{ made map[string]string }

func (k keyRing) MakeSecret(_ context.Context, id string) (string, error) {
	k.made[id] = "whsec_x"
	return k.made[id], nil
}

func (k keyRing) HasSecret(_ context.Context, id string) (bool, error) { return k.made[id] != "", nil }

func (k keyRing) Try(_ context.Context, id string) (desk.HookDelivery, error) {
	return desk.HookDelivery{ID: id + "-test-1", Webhook: id, Kind: desk.HookTest, State: desk.HookWaiting}, nil
}

// An administrator makes a webhook, gives it a secret that is shown once, and sees what it was told.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(d *Deps) { d.Hooks = keyRing{map[string]string{}} })
	cai := s.signsIn("cai")
	doc := `{"version":0,"doc":{"id":"crm","name":"CRM","url":"https://crm.test/in","events":["clock_breached"],"enabled":true,"disable_after_days":0}}`
	want[SettingOf[desk.Webhook]](cai, http.MethodPut, "/settings/webhooks/crm", doc)
	for field, bad := range map[string]string{"events": `"note_added"`, "url": `x`} {
		body := strings.Replace(doc, `"clock_breached"`, bad, 1)
		if field == "url" {
			body = strings.Replace(doc, "https://crm.test/in", "ftp://crm.test", 1)
		}
		if got := cai.do(http.MethodPut, "/settings/webhooks/other", strings.Replace(body, `"crm"`, `"other"`, 1)); got.reason() != "setting_invalid" {
			t.Errorf("%s: got %d %s, want setting_invalid", field, got.status, got.body)
		}
	}
	if got := get[Page[HookHealth]](cai, "/webhooks"); len(got.Items) != 1 || got.Items[0].State != "new" || got.Items[0].HasSecret {
		t.Errorf("a new one: got %+v", got.Items)
	}
	if got := want[HookSecret](cai, http.MethodPost, "/settings/webhooks/crm/secret", ""); got.Secret == "" {
		t.Error("the secret is not shown")
	}
	if !get[Page[HookHealth]](cai, "/webhooks").Items[0].HasSecret {
		t.Error("the secret is not known of")
	}
	now := s.srv.Now()
	for _, id := range []string{"crm-1", "crm-2"} {
		d := desk.HookDelivery{ID: id, Webhook: "crm", Seq: 1, Kind: "clock_breached", State: desk.HookFailed, Attempts: 9, At: now, EndedAt: now, Body: `{"id":"` + id + `"}`}
		if err := s.db.AddHook(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	first := get[Page[HookDelivery]](cai, "/webhooks/crm/deliveries?limit=1")
	rest := get[Page[HookDelivery]](cai, "/webhooks/crm/deliveries?limit=1&cursor="+first.Next)
	if len(first.Items) != 1 || len(rest.Items) != 1 || first.Items[0].ID != "crm-1" || rest.Items[0].ID != "crm-2" || first.Items[0].Body != "" {
		t.Fatalf("pages: got %+v and %+v, want one each", first.Items, rest.Items)
	}
	if got := want[HookDelivery](cai, http.MethodPost, "/webhooks/crm/deliveries/crm-1/resend", ""); got.State != "waiting" || got.Body != `{"id":"crm-1"}` {
		t.Errorf("sent again: got %+v", got)
	}
	if got := cai.do(http.MethodPost, "/webhooks/crm/deliveries/crm-1/resend", ""); got.reason() != "hook_waits" {
		t.Errorf("twice: got %d %s, want hook_waits", got.status, got.reason())
	}
	want[HookDelivery](cai, http.MethodPost, "/webhooks/crm/test", "")
	if got := cai.do(http.MethodPost, "/webhooks/crm/enable", ""); got.status != http.StatusOK {
		t.Errorf("enable: got %d %s", got.status, got.body)
	}
	var deeds []string
	for _, e := range get[Page[Event]](cai, "/settings/webhooks/crm/history").Items {
		deed, _ := e.Data["what"].(string)
		deeds = append(deeds, e.Kind+" "+deed)
	}
	wantDeeds := []string{
		"looked webhook_enabled", "looked webhook_tested", "looked delivery_resent:crm-1", "looked secret_set:signing", "setting_changed ",
	}
	if !slices.Equal(deeds, wantDeeds) {
		t.Errorf("history: got %q, want %q", deeds, wantDeeds)
	}
	ann := s.signsIn("ann")
	wish := desk.NoticeWish{Zone: "Asia/Shanghai", From: "09:00", To: "18:00"}
	want[desk.NoticeWish](ann, http.MethodPut, "/me/notices", `{"no_mail":false,"zone":"Asia/Shanghai","from":"09:00","to":"18:00"}`)
	if got := get[desk.NoticeWish](ann, "/me/notices"); got != wish {
		t.Errorf("wish: got %+v, want %+v", got, wish)
	}
	if got := ann.do(http.MethodPut, "/me/notices", `{"no_mail":false,"zone":"Mars","from":"","to":""}`); got.reason() != "notice_hours_invalid" {
		t.Errorf("a zone that is none: got %d %s", got.status, got.body)
	}
}
