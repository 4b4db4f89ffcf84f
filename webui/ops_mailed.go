package webui

import (
	"context"
	"encoding/json"
	"net/http"

	"yingda/agents"
	"yingda/desk"
)

func (s *Server) mailedOps() {
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/reports/mails", "listReportMails", "The reports I get by mail"}, s.listReportMails)
	add(s, op{desk.RoleSupervisor, http.MethodPost, "/reports/mails", "addReportMail", "Mail me a report on a schedule; it has what I may see when it is sent"}, s.addReportMail)
	add(s, op{desk.RoleSupervisor, http.MethodDelete, "/reports/mails/{id}", "endReportMail", "Mail it to me no more"}, s.endReportMail)
}

// NewReportMail is a report to be mailed to who asks.
type NewReportMail struct {
	By      string `json:"by" enum:"day,queue,agent,tier,medium,policy,inbox,target,contact"`
	Contact string `json:"contact,omitempty" maxLength:"64" doc:"of this customer alone"`
	Every   string `json:"every" enum:"day,week,month" doc:"the day, the week from Monday or the month that ended before"`
	Hour    int    `json:"hour" minimum:"0" maximum:"23"`
	Zone    string `json:"zone" minLength:"1" maxLength:"64" doc:"IANA time zone of hour and days"`
	Locale  string `json:"locale" enum:"en,zh-CN"`
}

func (s *Server) listReportMails(ctx context.Context, _ *struct{}) (*out[Page[desk.ReportMail]], error) {
	docs, err := s.Papers.Settings(ctx, desk.SettingReportMail)
	if err != nil {
		return nil, err
	}
	mine := []desk.ReportMail{}
	for _, d := range docs {
		var m desk.ReportMail
		if err := json.Unmarshal(d.Doc, &m); err != nil {
			return nil, err
		}
		if m.Agent == viewing(ctx).id() {
			mine = append(mine, m)
		}
	}
	return &out[Page[desk.ReportMail]]{Page[desk.ReportMail]{Items: mine}}, nil
}

func (s *Server) addReportMail(ctx context.Context, in *struct{ Body NewReportMail }) (*out[desk.ReportMail], error) {
	b := in.Body
	m, err := s.Desk.MailReports(ctx, viewing(ctx).actor(), desk.ReportMail{
		By: b.By, Contact: desk.ContactID(b.Contact), Every: desk.Rhythm(b.Every), Hour: b.Hour, Zone: b.Zone, Locale: b.Locale,
	})
	return &out[desk.ReportMail]{m}, err
}

func (s *Server) endReportMail(ctx context.Context, in *ByID) (*ack, error) {
	if err := s.Desk.EndReportMail(ctx, viewing(ctx).actor(), in.ID, ""); err != nil {
		return nil, err
	}
	return done(), nil
}

// MailedReport is a report as its reader may see it now, and the same as a CSV sheet with its name. Errors: Forbidden
// "no_access" for somebody who left, may read no reports any more, or has nobody's queue to look at; those of the record.
func (s *Server) MailedReport(ctx context.Context, m desk.ReportMail, from, to string) (r PromiseReport, name string, sheet []byte, err error) {
	agent, ok := s.Dir().Agent(m.Agent)
	scope := agents.ScopeOf(s.Dir(), agent)
	if !ok || agent.Disabled || rank(agent.Role) < rank(desk.RoleSupervisor) || !scope.All && len(scope.Queues) == 0 {
		return r, "", nil, refuse(desk.Forbidden, "no_access")
	}
	r, err = s.promiseReport(ctx, &ReportQuery{From: from, To: to, Zone: m.Zone, By: m.By, Contact: string(m.Contact)}, scope)
	if err != nil {
		return r, "", nil, err
	}
	sheet, err = csvSheet(reportRows(r))
	return r, "promises-" + from + "-" + to + "-by-" + m.By + ".csv", sheet, err
}
