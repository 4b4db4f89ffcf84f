package main

import (
	"context"
	"encoding/json"
	"fmt"

	"yingda/channels/notify"
	"yingda/desk"
)

// mailed is where reports by mail come from.
type mailed struct{ n *node }

// Wishes are the documents that are not deleted.
func (m mailed) Wishes(ctx context.Context) ([]notify.Wish, error) {
	docs, err := m.n.db.Settings(ctx, desk.SettingReportMail)
	if err != nil {
		return nil, err
	}
	out := make([]notify.Wish, 0, len(docs))
	for _, d := range docs {
		w := notify.Wish{Since: d.UpdatedAt}
		if err := json.Unmarshal(d.Doc, &w.ReportMail); err != nil {
			return nil, fmt.Errorf("read report mail %s: %w", d.ID, err)
		}
		out = append(out, w)
	}
	return out, nil
}

// Report makes one by the console's own code, so that both have the same figures.
func (m mailed) Report(ctx context.Context, w desk.ReportMail, from, to string) (notify.Report, error) {
	r, name, sheet, err := m.n.web.MailedReport(ctx, w, from, to)
	if err != nil {
		return notify.Report{}, err
	}
	agent, _ := m.n.db.Directory().Agent(w.Agent)
	out := notify.Report{To: agent.Email, Name: name, File: sheet}
	for _, l := range r.Items {
		out.Lines = append(out.Lines, notify.ReportLine{
			Key: l.Key, Name: l.Name, Target: desk.Target(l.Target), Met: l.Met, Late: l.Late, Cancelled: l.Cancelled, Waived: l.Waived, Kept: l.Kept,
		})
	}
	return out, nil
}

// End ends a wish in the name of the house.
func (m mailed) End(ctx context.Context, id, why string) error {
	return m.n.desk.EndReportMail(ctx, desk.System(), id, why)
}
