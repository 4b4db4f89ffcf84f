package webui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"yingda/desk"
	"yingda/sla"
)

func (s *Server) settingOps() {
	documentOps[desk.Inbox](s, desk.SettingInbox, "inboxes", "Inbox")
	documentOps[desk.Queue](s, desk.SettingQueue, "queues", "Queue")
	documentOps[desk.Team](s, desk.SettingTeam, "teams", "Team")
	documentOps[desk.AwayReason](s, desk.SettingReason, "reasons", "Reason")
	documentOps[desk.Agent](s, desk.SettingAgent, "agents", "Agent")
	documentOps[NamedSkill](s, desk.SettingSkill, "skills", "Skill")
	documentOps[Canned](s, desk.SettingCanned, "canned", "Canned")
	documentOps[TagDoc](s, desk.SettingTag, "tags", "Tag")
	documentOps[desk.ReviewPolicy](s, desk.SettingReview, "review", "ReviewPolicy")
	documentOps[TiersDoc](s, desk.SettingTiers, "tiers", "Tiers")
	documentOps[sla.Policy](s, desk.SettingPolicy, "policies", "Policy")
	documentOps[sla.Calendar](s, desk.SettingCalendar, "calendars", "Calendar")
	documentOps[sla.List](s, desk.SettingHolidays, "holidays", "Holidays")
	s.policyOps()
}

type saveIn[T any] struct {
	ByID
	Body SaveOf[T]
}

type deleteIn struct {
	ByID
	Version int64 `query:"version" required:"true" minimum:"1"`
}

// documentOps are the operations on one kind of settings document, typed by its struct.
func documentOps[T any](s *Server, kind desk.SettingKind, path, name string) {
	documentRoutes(s, docs[T]{s: s, kind: kind}, desk.RoleAdministrator, "/settings/"+path, name)
}

func documentRoutes[T any](s *Server, d docs[T], role desk.Role, base, name string) {
	add(s, op{role, http.MethodGet, base, "list" + name + "Settings", "All of them"}, d.list)
	add(s, op{role, http.MethodGet, base + "/{id}", "get" + name + "Setting", "One of them"}, d.get)
	add(s, op{role, http.MethodPut, base + "/{id}", "save" + name + "Setting", "Save it whole"}, d.put)
	add(s, op{role, http.MethodDelete, base + "/{id}", "delete" + name + "Setting", "Delete it"}, d.remove)
	add(s, op{role, http.MethodGet, base + "/{id}/history", "list" + name + "History", "Who changed it, before and after"}, d.history)
	versionOps(s, d, role, base, name)
}

type docs[T any] struct {
	s    *Server
	kind desk.SettingKind
	// may refuses whoever may not see the document, or not save it as doc; nil: the route's role is enough.
	may func(ctx context.Context, id string, doc *T) error
}

func (d docs[T]) mayID(ctx context.Context, id string) error {
	if d.may == nil {
		return nil
	}
	return d.may(ctx, id, nil)
}

func (d docs[T]) wire(set desk.Setting) (SettingOf[T], error) {
	w := SettingOf[T]{ID: set.ID, Version: set.Version, UpdatedAt: at(set.UpdatedAt)}
	if err := json.Unmarshal(set.Doc, &w.Doc); err != nil {
		return w, fmt.Errorf("read %s %s: %w", set.Kind, set.ID, err)
	}
	fill(reflect.ValueOf(&w.Doc).Elem())
	return w, nil
}

// fill turns nil lists and maps of a document into empty ones: on the wire a list is never null. A policy without
// warnings means the default ones, so those are spelled out instead.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
		if p, ok := v.Addr().Interface().(*sla.Policy); ok && len(p.Warnings) == 0 && p.Warnings != nil {
			p.Warnings = []int{}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			return
		}
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	}
}

func (d docs[T]) list(ctx context.Context, _ *struct{}) (*out[Page[SettingOf[T]]], error) {
	all, err := d.s.Papers.Settings(ctx, d.kind)
	if err != nil {
		return nil, err
	}
	items := make([]SettingOf[T], 0, len(all))
	for _, set := range all {
		if d.mayID(ctx, set.ID) != nil {
			continue
		}
		w, err := d.wire(set)
		if err != nil {
			return nil, err
		}
		items = append(items, w)
	}
	return &out[Page[SettingOf[T]]]{Page[SettingOf[T]]{Items: items}}, nil
}

func (d docs[T]) get(ctx context.Context, in *ByID) (*out[SettingOf[T]], error) {
	if err := d.mayID(ctx, in.ID); err != nil {
		return nil, err
	}
	set, err := d.s.Papers.Setting(ctx, d.kind, in.ID)
	if err == nil && set.Deleted {
		err = notYours()
	}
	if err != nil {
		return nil, err
	}
	w, err := d.wire(set)
	return &out[SettingOf[T]]{w}, err
}

func (d docs[T]) put(ctx context.Context, in *saveIn[T]) (*out[SettingOf[T]], error) {
	if d.may != nil {
		if err := d.may(ctx, in.ID, &in.Body.Doc); err != nil {
			return nil, err
		}
	}
	raw, err := withID(in.Body.Doc, in.ID)
	if err != nil {
		return nil, err
	}
	set := desk.Setting{Kind: d.kind, ID: in.ID, Version: in.Body.Version, Doc: raw}
	saved, err := d.s.Desk.SaveSetting(ctx, viewing(ctx).actor(), set)
	if err != nil {
		return nil, d.stale(ctx, err, in.ID)
	}
	if agent, ok := any(in.Body.Doc).(desk.Agent); ok && agent.Disabled { // or their browsers would be let in again one day
		ended, err := d.s.Accounts.EndAll(ctx, desk.AgentID(in.ID))
		if err != nil {
			return nil, err
		}
		d.s.Hub.SignedOut(ended...)
	}
	w, err := d.wire(saved)
	return &out[SettingOf[T]]{w}, err
}

func (d docs[T]) stale(ctx context.Context, err error, id string) error {
	if desk.ReasonOf(err) != "stale" {
		return err
	}
	p := problemOf(err)
	if now, readErr := d.get(ctx, &ByID{ID: id}); readErr == nil {
		p.Current = now.Body
	}
	return p
}

// withID is the document as JSON with the id of its address: the two must not differ.
func withID(doc any, id string) (json.RawMessage, error) {
	if !idForm.MatchString(id) {
		return nil, refuse(desk.Invalid, "id_form")
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	fields["id"], _ = json.Marshal(id)
	return json.Marshal(fields)
}

func (d docs[T]) remove(ctx context.Context, in *deleteIn) (*ack, error) {
	if err := d.mayID(ctx, in.ID); err != nil {
		return nil, err
	}
	set, err := d.s.Papers.Setting(ctx, d.kind, in.ID)
	if err != nil {
		return nil, err
	}
	if set.Deleted {
		return nil, notYours()
	}
	who, err := d.s.usedBy(ctx, d.kind, in.ID)
	if err == nil && who == "" {
		who, err = d.s.policyNaming(ctx, d.kind, in.ID)
	}
	if err == nil && who == "" {
		who, err = d.s.toldBy(ctx, d.kind, in.ID)
	}
	if err != nil {
		return nil, err
	}
	if who != "" {
		return nil, refuse(desk.Conflict, "in_use", "by", who)
	}
	set.Deleted, set.Version = true, in.Version
	_, err = d.s.Desk.SaveSetting(ctx, viewing(ctx).actor(), set)
	return done(), d.stale(ctx, err, in.ID)
}

// usedBy names something that still refers to a document that is to be deleted. Policies and calendars are judged by
// their own room as well.
func (s *Server) usedBy(ctx context.Context, kind desk.SettingKind, id string) (string, error) {
	d := s.Dir()
	switch kind {
	case desk.SettingReason, desk.SettingLeave: // those who are away for it keep it as a word
	case desk.SettingQueue:
		return s.queueUsedBy(ctx, d, desk.QueueID(id))
	case desk.SettingTeam:
		for _, a := range d.Agents() {
			if slices.Contains(a.Teams, desk.TeamID(id)) {
				return a.Name, nil
			}
		}
	case desk.SettingAgent: // they stay readable in the history: disable instead
		if a, ok := d.Agent(desk.AgentID(id)); ok {
			return a.Name, nil
		}
	case desk.SettingInbox:
		if i, ok := d.Inbox(desk.InboxID(id)); ok && i.Enabled {
			return i.Name, nil
		}
	case desk.SettingCalendar:
		if name := shiftsBy(d, id); name != "" {
			return name, nil
		}
		for _, i := range d.Inboxes() {
			var hours struct {
				Calendar string `json:"calendar"`
			}
			if json.Unmarshal(i.Channel, &hours) == nil && hours.Calendar == id {
				return i.Name, nil
			}
		}
	case desk.SettingSkill, desk.SettingCanned, desk.SettingTag, desk.SettingTiers, desk.SettingPolicy, desk.SettingHolidays, desk.SettingAlert, desk.SettingReview, desk.SettingWebhook, desk.SettingReportMail:
	}
	return "", nil
}

// shiftsBy names an agent or a team whose shift is the calendar.
func shiftsBy(d desk.Directory, calendar string) string {
	for _, t := range d.Teams() {
		if t.ShiftCalendar == calendar {
			return t.Name
		}
	}
	for _, a := range d.Agents() {
		if a.ShiftCalendar == calendar {
			return a.Name
		}
	}
	return ""
}

// queueUsedBy names who brings work to a queue, who serves it, or work that is in it.
func (s *Server) queueUsedBy(ctx context.Context, d desk.Directory, id desk.QueueID) (string, error) {
	for _, i := range d.Inboxes() {
		if i.Queue == id {
			return i.Name, nil
		}
	}
	for _, t := range d.Teams() {
		if slices.Contains(t.Queues, id) {
			return t.Name, nil
		}
	}
	for _, a := range d.Agents() {
		if slices.Contains(a.Queues, id) {
			return a.Name, nil
		}
	}
	for _, q := range d.Queues() {
		if slices.ContainsFunc(q.Overflow, func(o desk.Overflow) bool { return o.Queue == id }) {
			return q.Name, nil
		}
	}
	rows, err := s.Lists.Conversations(ctx, desk.ConversationQuery{
		Scope: desk.Scope{All: true}, List: desk.ListAll, Statuses: []desk.Status{desk.Open, desk.Pending, desk.Snoozed}, Queue: id, Limit: 1,
	})
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return "#" + strconv.FormatInt(rows[0].Number, 10), nil
}

type historyIn struct {
	ByID
	Paging
}

func (d docs[T]) history(ctx context.Context, in *historyIn) (*out[Page[Event]], error) {
	if err := d.mayID(ctx, in.ID); err != nil {
		return nil, err
	}
	if _, err := d.s.Papers.Setting(ctx, d.kind, in.ID); errors.Is(err, desk.ErrNotFound) {
		return nil, notYours()
	}
	return d.s.events(in.Paging, func(before int64, limit int) ([]desk.Event, error) {
		return d.s.Papers.SubjectEvents(ctx, d.kind.Subject(in.ID), before, limit)
	})
}
