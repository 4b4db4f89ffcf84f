package webui

import "yingda/desk"

// HookHealth is a webhook and how it is doing.
type HookHealth struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	URL          string `json:"url"`
	State        string `json:"state" enum:"off,good,failing,disabled,new" doc:"off: switched off by hand; disabled: switched off because it failed; new: nothing was told yet"`
	HasSecret    bool   `json:"has_secret" doc:"without one nothing is sent"`
	FailingSince Time   `json:"failing_since"`
	LastGood     Time   `json:"last_good"`
	DisabledAt   Time   `json:"disabled_at"`
	Reason       string `json:"reason" enum:",status,forbidden_address,timeout,network,no_secret,gone,webhook_disabled"`
	Waiting      int64  `json:"waiting"`
}

// HookDelivery is one fact told, or to be told, to a webhook.
type HookDelivery struct {
	ID           string `json:"id" doc:"the same however often it is sent"`
	Seq          int64  `json:"seq"`
	Kind         string `json:"kind"`
	Conversation string `json:"conversation"`
	State        string `json:"state" enum:"waiting,delivered,failed"`
	Attempts     int    `json:"attempts"`
	Status       int    `json:"status" doc:"of the last answer; 0: there was none"`
	Reason       string `json:"reason" enum:",status,forbidden_address,timeout,network,no_secret,gone,webhook_disabled"`
	At           Time   `json:"at"`
	NextAt       Time   `json:"next_at" doc:"when it is tried again; null when it has ended"`
	EndedAt      Time   `json:"ended_at"`
	Body         string `json:"body" doc:"the JSON that is sent; empty in lists"`
}

func wireHook(d desk.HookDelivery) HookDelivery {
	w := HookDelivery{
		ID: d.ID, Seq: d.Seq, Kind: d.Kind, Conversation: d.Conversation, State: string(d.State), Attempts: d.Attempts, Status: d.Status,
		Reason: d.Reason, At: at(d.At), EndedAt: at(d.EndedAt), Body: d.Body,
	}
	if d.State == desk.HookWaiting {
		w.NextAt = at(d.NextAt)
	}
	return w
}

// HookSecret is shown once.
type HookSecret struct {
	Secret string `json:"secret" doc:"whsec_ and base64; shown this once"`
}
