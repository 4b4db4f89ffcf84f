package webui

import (
	"context"

	"yingda/desk"
	"yingda/router"
)

// Steering judges and tries routing policies; cmd brings it, since it needs the record and the router.
type Steering interface {
	// Check names what is wrong with a policy, or worth knowing, against the settings in force.
	Check(ctx context.Context, doc router.Routing) ([]router.RoutingFinding, error)
	// Forecast plays a recorded day with the policy in force and with what is asked about. Errors: Invalid
	// "routing_invalid"; Conflict "no_traffic"; TooMany "forecast_busy".
	Forecast(ctx context.Context, q desk.QueueID, ask router.ForecastAsk) (router.RoutingForecast, error)
}

// DocVersion is a settings document as somebody saved it.
type DocVersion[T any] struct {
	Version int64 `json:"version"`
	At      Time  `json:"at"`
	By      Who   `json:"actor"`
	Deleted bool  `json:"deleted" doc:"this version took it away; doc is what it was"`
	Current bool  `json:"current" doc:"in force"`
	Doc     T     `json:"doc"`
}

// Restore brings an old version back; Version is the present one the caller saw.
type Restore struct {
	Version int64 `json:"version" minimum:"0"`
}

// RoutingDraft is a policy that is being written, with what is to be said about it.
type RoutingDraft struct {
	SettingOf[router.Routing]
	Findings []router.RoutingFinding `json:"findings" nullable:"false"`
}

// RoutingChecked is what is to be said about a policy.
type RoutingChecked struct {
	Findings []router.RoutingFinding `json:"findings" nullable:"false"`
}

// RoutingCheck is a policy to be judged; nothing is saved.
type RoutingCheck struct {
	Doc router.Routing `json:"doc"`
}

// Publish puts the draft in force. Draft is its version; Version that of the policy in force which the caller saw, 0
// when there is none.
type Publish struct {
	Draft   int64 `json:"draft" minimum:"1"`
	Version int64 `json:"version" minimum:"0"`
}

// RoutingDifference is what the draft changes.
type RoutingDifference struct {
	Version int64        `json:"version" doc:"of the policy in force; 0: there is none, and the draft is compared with the queue's own settings"`
	Draft   int64        `json:"draft"`
	Changes []PathChange `json:"changes" nullable:"false"`
}

// PathChange is one key that differs. Rules and shares are told apart by their names, so that moving one is one change.
type PathChange struct {
	Path   string `json:"path" doc:"as rules[French].need"`
	Kind   string `json:"kind" enum:"added,removed,changed,moved"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}
