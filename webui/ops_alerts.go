package webui

import (
	"context"
	"net/http"

	"yingda/desk"
)

func (s *Server) alertOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/alerts", "listAlerts", "Alerts of my queues, open and past, newest first"}, s.listAlerts)
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/alerts/{id}/acknowledge", "acknowledgeAlert", "I look after it"}, s.acknowledgeAlert)
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/alerts/{id}/snooze", "snoozeAlert", "Keep it quiet until a moment, or wake it"}, s.snoozeAlert)
	documentOps[desk.AlertRule](s, desk.SettingAlert, "alerts", "AlertRule")
}

// Alert is a number of the board that went beyond its threshold, from then until it is well back.
type Alert struct {
	ID           string `json:"id"`
	Rule         string `json:"rule"`
	Name         string `json:"name" doc:"the rule's, as it was then"`
	Measure      string `json:"measure" enum:"waiting,longest_wait,service_level,channel_down"`
	Queue        string `json:"queue" doc:"what it looks at, or empty"`
	Inbox        string `json:"inbox"`
	Subject      string `json:"subject" doc:"the queue's or inbox's name"`
	Value        int    `json:"value" doc:"when it was raised: conversations, seconds or per cent"`
	Now          *int   `json:"now,omitempty" doc:"like value, as it stands at the moment of the board; on the board only"`
	Raise        int    `json:"raise" doc:"the threshold then"`
	RaisedAt     Time   `json:"raised_at"`
	ClearedAt    Time   `json:"cleared_at" doc:"null: it is open"`
	Acknowledged *Who   `json:"acknowledged,omitempty"`
	AckedAt      Time   `json:"acked_at"`
	SnoozedBy    *Who   `json:"snoozed_by,omitempty"`
	SnoozedUntil Time   `json:"snoozed_until"`
}

// AlertFrame has an alert that was raised, cleared, acknowledged or snoozed.
type AlertFrame struct {
	FrameHead
	Kind  string `json:"kind" enum:"alert"`
	Alert Alert  `json:"alert"`
}

func wireAlert(d desk.Directory, a desk.Alert) Alert {
	w := Alert{
		ID: string(a.ID), Rule: a.Rule, Name: a.Name, Measure: string(a.Measure), Queue: string(a.Queue), Inbox: string(a.Inbox),
		Value: a.Value, Raise: a.Raise, RaisedAt: at(a.RaisedAt), ClearedAt: at(a.ClearedAt), AckedAt: at(a.AckedAt),
		SnoozedUntil: at(a.SnoozedUntil),
	}
	if q, ok := d.Queue(a.Queue); ok {
		w.Subject = q.Name
	} else if i, ok := d.Inbox(a.Inbox); ok {
		w.Subject = i.Name
	}
	if a.Acknowledged != "" {
		by := who(d, desk.AgentActor(a.Acknowledged, ""))
		w.Acknowledged = &by
	}
	if a.SnoozedBy != "" {
		by := who(d, desk.AgentActor(a.SnoozedBy, ""))
		w.SnoozedBy = &by
	}
	return w
}

// seesAlert reports whether an alert is about something within a scope: a queue of it, or an inbox that leads there.
func seesAlert(d desk.Directory, scope desk.Scope, a desk.Alert) bool {
	if scope.All {
		return true
	}
	if a.Queue != "" {
		return scope.HasQueue(a.Queue)
	}
	i, ok := d.Inbox(a.Inbox)
	return ok && scope.HasQueue(i.Queue)
}

// alertOf is the alert a fact is about.
func alertOf(f desk.Fact) (desk.Alert, bool) {
	switch f := f.(type) {
	case desk.AlertRaised:
		return f.Alert, true
	case desk.AlertCleared:
		return f.Alert, true
	case desk.AlertAcknowledged:
		return f.Alert, true
	case desk.AlertSnoozed:
		return f.Alert, true
	}
	return desk.Alert{}, false
}

func (h *Hub) alertFrame(a desk.Alert) []frame {
	d := h.s.Dir()
	return []frame{{encode(AlertFrame{Kind: "alert", Alert: wireAlert(d, a)}), func(s *socket) bool {
		return s.supervises && seesAlert(d, s.scope, a)
	}}}
}

// openAlerts are those within a scope; none where nobody keeps any.
func (s *Server) openAlerts(ctx context.Context, scope desk.Scope) ([]Alert, error) {
	out := []Alert{}
	if s.Alerting == nil {
		return out, nil
	}
	open, err := s.Alerting.OpenAlerts(ctx)
	d := s.Dir()
	for _, a := range open {
		if seesAlert(d, scope, a) {
			out = append(out, wireAlert(d, a))
		}
	}
	return out, err
}

// alertReads is how often alerts are read for one page. A small scope in a large house may get a short page with more
// behind it.
const alertReads = 10

func (s *Server) listAlerts(ctx context.Context, in *Paging) (*out[Page[Alert]], error) {
	var before desk.Keyset
	if err := s.sign.open("alerts", in.Cursor, &before); err != nil {
		return nil, err
	}
	page := Page[Alert]{Items: []Alert{}}
	d, scope := s.Dir(), viewing(ctx).scope
	for range alertReads {
		found, err := s.Alerting.Alerts(ctx, before, desk.PageMost)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			if len(page.Items) == in.Limit {
				page.Next = s.sign.seal("alerts", before)
				return &out[Page[Alert]]{page}, nil
			}
			before = desk.Keyset{At: a.RaisedAt, ID: string(a.ID)}
			if seesAlert(d, scope, a) {
				page.Items = append(page.Items, wireAlert(d, a))
			}
		}
		if len(found) < desk.PageMost {
			return &out[Page[Alert]]{page}, nil
		}
	}
	page.Next = s.sign.seal("alerts", before)
	return &out[Page[Alert]]{page}, nil
}

// visibleAlert is one within the viewer's scope; what is foreign looks as if it were not there (UP-X3).
func (s *Server) visibleAlert(ctx context.Context, id string) (desk.Alert, error) {
	a, err := s.Alerting.AlertByID(ctx, desk.AlertID(id))
	if desk.CodeOf(err) == desk.NotFound || err == nil && !seesAlert(s.Dir(), viewing(ctx).scope, a) {
		return a, notYours()
	}
	return a, err
}

func (s *Server) acknowledgeAlert(ctx context.Context, in *ByID) (*out[Alert], error) {
	a, err := s.visibleAlert(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.AcknowledgeAlert(ctx, viewing(ctx).actor(), a.About(), a.ID); err != nil {
		return nil, err
	}
	return s.freshAlert(ctx, a.ID)
}

type snoozeAlertIn struct {
	ByID
	Body struct {
		Until Time `json:"until" doc:"31 days ahead at most; null wakes it"`
	}
}

func (s *Server) snoozeAlert(ctx context.Context, in *snoozeAlertIn) (*out[Alert], error) {
	a, err := s.visibleAlert(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.SnoozeAlert(ctx, viewing(ctx).actor(), a.About(), a.ID, in.Body.Until.Time); err != nil {
		return nil, err
	}
	return s.freshAlert(ctx, a.ID)
}

func (s *Server) freshAlert(ctx context.Context, id desk.AlertID) (*out[Alert], error) {
	a, err := s.Alerting.AlertByID(ctx, id)
	return &out[Alert]{wireAlert(s.Dir(), a)}, err
}
