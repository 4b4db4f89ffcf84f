package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"yingda/channels/webhook"
	"yingda/desk"
	"yingda/router"
)

// decider asks the endpoints that routing policies name, in the way of webhooks.
type decider struct {
	policies *policies
	book     hookBook
	asker    *webhook.Asker
}

func (n *node) decider() decider {
	return decider{&n.policies, hookBook{n.db}, webhook.NewAsker(n.cfg.Webhooks, n.now)}
}

// Endpoint is router.Decider.
func (d decider) Endpoint(policy desk.QueueID) *router.RoutingDecide {
	if in := d.policies.now.Load(); in != nil {
		return in.Decide(policy)
	}
	return nil
}

// Ask is router.Decider. The webhook is looked at each time: one that was deleted, or sent elsewhere since the policy was
// published, lends its secret no more.
func (d decider) Ask(ctx context.Context, e router.RoutingDecide, id string, body []byte) ([]byte, error) {
	set, err := d.book.db.Setting(ctx, desk.SettingWebhook, e.Secret)
	if err != nil {
		return nil, fmt.Errorf("find webhook %s: %w", e.Secret, err)
	}
	var w desk.Webhook
	if err := json.Unmarshal(set.Doc, &w); err != nil || set.Deleted || !e.Of(w) {
		return nil, fmt.Errorf("webhook %s does not vouch for %s", e.Secret, e.URL)
	}
	secret, err := d.book.Secret(ctx, e.Secret)
	if err != nil {
		return nil, fmt.Errorf("find the secret of webhook %s: %w", e.Secret, err)
	}
	answer, err := d.asker.Ask(ctx, e.URL, secret, id, body)
	if errors.Is(err, webhook.ErrSignature) || errors.Is(err, webhook.ErrTooOld) {
		return nil, fmt.Errorf("%w: %w", router.ErrUnsigned, err)
	}
	return answer, err
}
