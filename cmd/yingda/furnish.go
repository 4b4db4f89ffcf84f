package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"yingda/channels/voice"
	"yingda/cmd/yingda/demo"
	"yingda/desk"
)

// What the demo's shop is called and how it is reached. The password is for loopback only.
//
//nolint:gosec // printed in the manual, refused anywhere but on loopback
const (
	demoPassword   = "corner-shop-demo"
	demoSecret     = "demo-webhook-secret"
	supportAddress = "support@corner-shop.example"
	shopKey        = "corner-shop"
	hotlineID      = "hotline"
	hotlineNumber  = "4008001234"
	leadEmail      = "lea@corner-shop.example"
)

// demoPerson is one who works at the demo's desk.
type demoPerson struct {
	desk.Agent
	simulated bool
}

func demoPeople() []demoPerson {
	agent := func(id, name, role, ext, locale string, simulated bool, teams ...desk.TeamID) demoPerson {
		return demoPerson{desk.Agent{
			ID: desk.AgentID(id), Name: name, Email: id + "@corner-shop.example", Role: desk.Role(role), Extension: ext, Locale: locale,
			Languages: []string{"zh", "en"}, Teams: teams, Queues: []desk.QueueID{}, Skills: []desk.Skill{},
		}, simulated}
	}
	return []demoPerson{
		agent("ann", "安然 Ann", "agent", "801", "en", false, "service"),
		agent("bo", "柏川", "agent", "802", "zh-CN", false, "service", "business"),
		agent("lea", "林岚 Lea", "supervisor", "800", "en", false, "service", "business"),
		agent("admin", "Admin 管理员", "administrator", "", "en", false),
		agent("chen", "陈一诺", "agent", "811", "zh-CN", true, "service"),
		agent("sam", "Sam Whitlock", "agent", "812", "en", true, "service", "business"),
		agent("wu", "吴小满", "agent", "813", "zh-CN", true, "service", "business"),
	}
}

func colleagues() []demo.Login {
	var out []demo.Login
	for _, p := range demoPeople() {
		if p.simulated {
			out = append(out, demo.Login{Name: p.Name, Email: p.Email, Password: demoPassword})
		}
	}
	return out
}

func document(kind desk.SettingKind, id string, doc any) desk.Setting {
	raw, err := json.Marshal(doc)
	if err != nil {
		panic(err) // our own structs
	}
	return desk.Setting{Kind: kind, ID: id, Doc: raw}
}

// furnish puts the demo's shop into an empty record: once, and what people change later stays.
func (n *node) furnish(ctx context.Context, mail *demo.MailServer) error {
	if len(n.db.Directory().Agents()) == 0 {
		if _, err := n.bootstrap(ctx, nil); err != nil {
			return err
		}
		if err := n.furnishShop(ctx, mail); err != nil {
			return err
		}
	}
	return n.connectMail(ctx, mail)
}

func (n *node) furnishShop(ctx context.Context, mail *demo.MailServer) error {
	var docs []desk.Setting
	for _, q := range []desk.Queue{
		{ID: "aftercare", Name: "售后 Aftercare", AutoAccept: []desk.Medium{desk.Email}, WrapUp: map[desk.Medium]int{desk.Voice: 30}},
		{ID: "sales", Name: "企业采购 Business sales", AutoAccept: []desk.Medium{desk.Email}, WrapUp: map[desk.Medium]int{desk.Voice: 30}},
	} {
		docs = append(docs, document(desk.SettingQueue, string(q.ID), q))
	}
	for _, t := range []desk.Team{
		{ID: "service", Name: "客服组 Service", Queues: []desk.QueueID{"general", "aftercare"}, Leads: []desk.AgentID{"lea"}},
		{ID: "business", Name: "企业组 Business", Queues: []desk.QueueID{"sales"}, Leads: []desk.AgentID{"lea"}},
	} {
		docs = append(docs, document(desk.SettingTeam, string(t.ID), t))
	}
	for _, p := range demoPeople() {
		docs = append(docs, document(desk.SettingAgent, string(p.ID), p.Agent))
	}
	docs = append(docs,
		document(desk.SettingInbox, "support", mailInbox(mail)),
		document(desk.SettingInbox, "shop", desk.Inbox{
			ID: "shop", Name: "街角咖啡 Corner Shop", Medium: desk.Chat, Queue: "general", Address: shopKey, Enabled: true, Skills: []desk.Skill{},
			Channel: json.RawMessage(`{"origins":[],"reply_within_h":24,"offline_inbox":"support","callback_inbox":"hotline","greeting":{"zh":"您好，有什么可以帮您？","en":"Hello, how can we help?"}}`),
		}),
		document(desk.SettingInbox, hotlineID, desk.Inbox{
			ID: hotlineID, Name: "热线 Hotline", Medium: desk.Voice, Queue: "general", Address: hotlineNumber, Enabled: true, Skills: []desk.Skill{},
			Channel: json.RawMessage(`{"provider":"generic","country":"CN","dial":""}`),
		}),
		document(desk.SettingCanned, "thanks-zh", desk.Canned{ID: "thanks-zh", Shortcut: "谢谢", Title: "感谢来信", Text: "您好，感谢您的来信，我们正在核实，稍后答复您。", Locale: "zh"}),
		document(desk.SettingCanned, "thanks-en", desk.Canned{ID: "thanks-en", Shortcut: "thanks", Title: "Thank you for writing", Text: "Thank you for writing. We are looking into it and will answer shortly.", Locale: "en"}),
		document(desk.SettingCanned, "refund-zh", desk.Canned{ID: "refund-zh", Shortcut: "退款", Title: "退款已受理", Text: "您的退款已受理，原路退回，一般 1 至 3 个工作日到账。", Locale: "zh"}),
		document(desk.SettingCanned, "refund-en", desk.Canned{ID: "refund-en", Shortcut: "refund", Title: "Refund under way", Text: "Your refund is under way and should reach you within three working days.", Locale: "en"}),
	)
	for _, r := range demoAlerts() {
		docs = append(docs, document(desk.SettingAlert, r.ID, r))
	}
	for _, d := range docs {
		if err := n.put(ctx, d); err != nil {
			return fmt.Errorf("furnish %s %s: %w", d.Kind, d.ID, err)
		}
	}
	for _, p := range demoPeople() {
		if err := n.accounts.SetPassword(ctx, p.ID, demoPassword); err != nil {
			return fmt.Errorf("furnish the password of %s: %w", p.ID, err)
		}
	}
	for _, s := range []struct {
		inbox       desk.InboxID
		name, value string
	}{{"support", "password", demo.MailPassword}, {hotlineID, voice.SecretName, demoSecret}, {"shop", "identity", demoSecret}} {
		if err := n.db.SaveSecret(ctx, s.inbox, s.name, s.value); err != nil {
			return fmt.Errorf("furnish the secret of %s: %w", s.inbox, err)
		}
	}
	for _, c := range demo.Regulars() {
		if _, err := n.desk.SaveContact(ctx, desk.System(), c); err != nil {
			return fmt.Errorf("furnish contact %s: %w", c.Name, err)
		}
	}
	return nil
}

// demoAlerts are such that the demo's own traffic raises and clears them now and then.
func demoAlerts() []desk.AlertRule {
	all, leads := []desk.InboxID{}, []desk.Recipient{{Kind: desk.ToTeamLeads}}
	return []desk.AlertRule{
		{ID: "long-queue", Name: "排队过长 Long queue", Measure: desk.MeasureWaiting, Queues: []desk.QueueID{}, Inboxes: all, Raise: 4, Clear: 2, After: 10, To: leads},
		{ID: "long-wait", Name: "等待过久 Long wait", Measure: desk.MeasureLongest, Queues: []desk.QueueID{}, Inboxes: all, Raise: 300, After: 10, To: leads, Mail: true},
		{ID: "channel-down", Name: "渠道中断 Channel down", Measure: desk.MeasureChannel, Queues: []desk.QueueID{}, Inboxes: all, Raise: 60, To: leads, Mail: true},
	}
}

func mailInbox(m *demo.MailServer) desk.Inbox {
	channel := fmt.Sprintf(`{"imap":{"host":"127.0.0.1","port":%d,"tls":"none","username":%q,"auth":"password","secret":"password"},`+
		`"smtp":{"host":"127.0.0.1","port":%d,"tls":"none","auth":"none"},"mailboxes":["INBOX"],"poll_s":20,"from_name":"街角咖啡 Corner Shop",`+
		`"aliases":[],"signature":"街角咖啡 Corner Shop","no_reply_token":false}`, m.IMAPAddr().Port, supportAddress, m.SMTPAddr().Port)
	return desk.Inbox{
		ID: "support", Name: "街角咖啡 Corner Shop", Medium: desk.Email, Queue: "aftercare", Address: supportAddress, Enabled: true,
		Skills: []desk.Skill{}, Channel: json.RawMessage(channel),
	}
}

// connectMail tells the inbox where the demo's mail server listens this time.
func (n *node) connectMail(ctx context.Context, m *demo.MailServer) error {
	set, err := n.db.Setting(ctx, desk.SettingInbox, "support")
	if err != nil {
		return fmt.Errorf("find the demo's mail inbox: %w", err)
	}
	var inbox desk.Inbox
	if err := json.Unmarshal(set.Doc, &inbox); err != nil {
		return fmt.Errorf("read the demo's mail inbox: %w", err)
	}
	var channel map[string]any
	if err := json.Unmarshal(inbox.Channel, &channel); err != nil {
		return fmt.Errorf("read the demo's mail inbox: %w", err)
	}
	moved := point(channel, "imap", m.IMAPAddr().Port)
	moved = point(channel, "smtp", m.SMTPAddr().Port) || moved
	if !moved {
		return nil
	}
	if inbox.Channel, err = json.Marshal(channel); err != nil {
		return fmt.Errorf("write the demo's mail inbox: %w", err)
	}
	set.Doc = document(set.Kind, set.ID, inbox).Doc
	_, err = n.desk.SaveSetting(ctx, desk.System(), set)
	return err
}

// point sets the port of one side of a channel document and reports whether it was another.
func point(channel map[string]any, side string, port int) bool {
	server, ok := channel[side].(map[string]any)
	if !ok || server["port"] == float64(port) {
		return false
	}
	server["port"] = port
	return true
}

// reachable waits until the site answers.
func reachable(ctx context.Context, base string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/healthz", nil)
		if err != nil {
			return fmt.Errorf("look whether the site is up: %w", err)
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		rest(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return nil
		}
	}
}
