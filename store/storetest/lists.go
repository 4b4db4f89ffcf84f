package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/store"
)

// street fills a house: 60 conversations over three queues, some held, some resolved, with and without due moments.
func street(t *testing.T, db *store.DB) []desk.Conversation {
	t.Helper()
	var out []desk.Conversation
	update(t, db, func(tx desk.Tx) error {
		for i := range 60 {
			c := conversation(func(c *desk.Conversation) {
				c.Queue = []desk.QueueID{"sales", "service", "returns"}[i%3]
				c.Assignee = []desk.AgentID{"", "bo", "cy", ""}[i%4]
				c.Status = []desk.Status{desk.Open, desk.Open, desk.Pending, desk.Open, desk.Resolved}[i%5]
				c.LastAt = day.Add(time.Duration(i*7%60) * time.Minute)
				c.Contact = desk.ContactID(fmt.Sprintf("k%d", i))
				if i%2 == 0 {
					c.DueAt = day.Add(time.Duration(i*11%60/4) * time.Hour)
				}
				if i%6 == 0 {
					c.Tags = []string{"vip"}
				}
			})
			if err := tx.SaveConversation(c, nil, ""); err != nil {
				return err
			}
			out = append(out, c)
		}
		m := desk.Message{ID: desk.MessageID(id("msg")), Conversation: out[1].ID, Number: 1, Direction: desk.Note, Mentions: []desk.AgentID{"di"}, At: day}
		for _, s := range []string{"sales", "service", "returns"} {
			if err := tx.SaveSetting(desk.Setting{Kind: desk.SettingQueue, ID: s, Doc: []byte(`{}`)}); err != nil {
				return err
			}
		}
		return tx.AddMessage(m)
	})
	return out
}

// pages reads a list to its end in pages of 7.
func pages(t *testing.T, db *store.DB, q desk.ConversationQuery) []desk.ConversationRow {
	t.Helper()
	q.Limit = 7
	var out []desk.ConversationRow
	for range 100 {
		page, err := db.Conversations(t.Context(), q)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		out = append(out, page...)
		if len(page) < q.Limit {
			return out
		}
		last := page[len(page)-1]
		q.After = desk.Keyset{At: last.LastAt, ID: string(last.ID)}
		if q.Sort == desk.SortDue || q.Sort == "" {
			q.After.At = last.DueAt
		}
	}
	t.Fatal("list: no end")
	return nil
}

// testLists compares every list, filter and order with what the scope's own rule says of all rows.
func testLists(t *testing.T, db *store.DB) {
	all := street(t, db)
	mentioned := map[desk.ConversationID]bool{all[1].ID: true}
	scopes := map[string]desk.Scope{
		"administrator": {All: true, Agent: "root"},
		"agent":         {Agent: "bo", Agents: []desk.AgentID{"bo"}, Queues: []desk.QueueID{"sales"}},
		"supervisor":    {Agent: "di", Agents: []desk.AgentID{"di", "cy"}, Queues: []desk.QueueID{"service", "returns"}},
		"nobody":        {Agent: "zz"},
	}
	lists := []desk.ListName{desk.ListMine, desk.ListMyQueues, desk.ListUnassigned, desk.ListMentioned, desk.ListAll}
	for name, scope := range scopes {
		for _, list := range lists {
			for _, sort := range []desk.SortName{desk.SortDue, desk.SortNewest, desk.SortOldest} {
				for _, filter := range []desk.ConversationQuery{
					{},
					{Statuses: []desk.Status{desk.Open}},
					{Statuses: []desk.Status{desk.Open, desk.Resolved}},
					{Tag: "vip"},
					{Queue: "sales"},
					{Assignee: "cy"},
					{LateAt: day.Add(3 * time.Hour)},
					{Contact: "k1"},
				} {
					q := filter
					q.Scope, q.List, q.Sort = scope, list, sort
					want := 0
					for _, c := range all {
						if wants(q, c, mentioned[c.ID]) {
							want++
						}
					}
					got := pages(t, db, q)
					what := fmt.Sprintf("%s %s %s %+v", name, list, sort, filter)
					if len(got) != want {
						t.Errorf("%s: got %d rows, want %d", what, len(got), want)
					}
					inOrder(t, what, sort, got)
				}
			}
		}
	}
}

// wants is the rule of the lists, without SQL.
func wants(q desk.ConversationQuery, c desk.Conversation, mentioned bool) bool {
	row := desk.ConversationRow{Conversation: c}
	if mentioned {
		row.Mentioned = []desk.AgentID{"di"}
	}
	if !q.Scope.Sees(row) {
		return false
	}
	in := map[desk.ListName]bool{
		desk.ListMine: c.Assignee == q.Scope.Agent, desk.ListUnassigned: c.Assignee == "", desk.ListAll: true,
		desk.ListMentioned: mentioned && q.Scope.Agent == "di",
	}[q.List]
	for _, id := range q.Scope.Queues {
		in = in || q.List == desk.ListMyQueues && c.Queue == id
	}
	status := len(q.Statuses) == 0
	for _, s := range q.Statuses {
		status = status || c.Status == s
	}
	return in && status && (q.Tag == "" || len(c.Tags) > 0) && (q.Queue == "" || c.Queue == q.Queue) &&
		(q.Assignee == "" || c.Assignee == q.Assignee) && (q.Contact == "" || c.Contact == q.Contact) &&
		(q.LateAt.IsZero() || !c.DueAt.IsZero() && !c.DueAt.After(q.LateAt))
}

func inOrder(t *testing.T, what string, sort desk.SortName, got []desk.ConversationRow) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		a, b := got[i-1], got[i]
		ok := map[desk.SortName]bool{
			desk.SortNewest: !a.LastAt.Before(b.LastAt), desk.SortOldest: !a.LastAt.After(b.LastAt),
			desk.SortDue: b.DueAt.IsZero() || !a.DueAt.IsZero() && !a.DueAt.After(b.DueAt),
		}[sort]
		if !ok || a.ID == b.ID {
			t.Errorf("%s: row %d out of order or twice", what, i)
		}
	}
}

// testCursor reads on while conversations arrive: what was there at the start comes exactly once.
func testCursor(t *testing.T, db *store.DB) {
	all := street(t, db)
	q := desk.ConversationQuery{Scope: desk.Scope{All: true}, List: desk.ListAll, Sort: desk.SortNewest, Limit: 9}
	seen := map[desk.ConversationID]int{}
	for {
		page, err := db.Conversations(t.Context(), q)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		for _, r := range page {
			seen[r.ID]++
		}
		if len(page) < q.Limit {
			break
		}
		last := page[len(page)-1]
		q.After = desk.Keyset{At: last.LastAt, ID: string(last.ID)}
		save(t, db, conversation(func(c *desk.Conversation) { c.LastAt = day.Add(30 * time.Minute) }))
	}
	for _, c := range all {
		if seen[c.ID] != 1 {
			t.Errorf("%s: got %d times, want once", c.ID, seen[c.ID])
		}
	}
}

// testSearch has full recall for Chinese words of two characters, half a phone number, names, addresses and numbers,
// and only within the scope (UP-C4).
func testSearch(t *testing.T, db *store.DB) {
	words := []string{
		"您好，我想申请退款，订单是 A-20931", "发票抬头开错了，请重开发票", "My iPhone15 退款 still pending", "无关的一句话",
		"请致电 138-0013-8000 联系我", strings.Repeat("长文 ", 5000) + "尾声在此",
	}
	ann := desk.Contact{
		ID: "ann", Name: "欧阳安娜", Company: "晨光文具", CreatedAt: day, UpdatedAt: day,
		Identities: []desk.Identity{{Kind: desk.ByPhone, Value: "+8613900139000"}, {Kind: desk.ByEmail, Value: "anna.ou@example.com"}},
	}
	var ids []desk.ConversationID
	update(t, db, func(tx desk.Tx) error {
		for i, w := range words {
			c := conversation(func(c *desk.Conversation) {
				c.Subject, c.Queue, c.Contact = fmt.Sprintf("询价单第%d号", i), []desk.QueueID{"sales", "service"}[i%2], "other"
				c.ContactName = "客户"
				if i == 3 {
					c.Contact = ann.ID
				}
			})
			m := message(&c, w)
			if err := tx.AddMessage(m); err != nil {
				return err
			}
			if err := tx.SaveConversation(c, nil, ""); err != nil {
				return err
			}
			ids = append(ids, c.ID)
		}
		return tx.SaveContact(ann)
	})
	everything, sales := desk.Scope{All: true}, desk.Scope{Agent: "bo", Queues: []desk.QueueID{"sales"}}
	for _, c := range []struct {
		text  string
		scope desk.Scope
		want  []int
	}{
		{"退款", everything, []int{2, 0}},
		{"申请退款", everything, []int{0}},
		{"款退", everything, nil},
		{"发票抬头", everything, []int{1}},
		{"iphone 退款", everything, []int{2}},
		{"ｉＰｈｏｎｅ", everything, []int{2}},
		{"无", everything, []int{3}},
		{"话", everything, []int{3}},
		{"0013800", everything, []int{4}},
		{"138 0013 8000", everything, []int{4}},
		{"20931", everything, []int{0}},
		{"尾声", everything, []int{5}},
		{"退款", sales, []int{2, 0}},
		{"发票", sales, nil},
		{"询价单", everything, []int{5, 4, 3, 2, 1, 0}},
		{"#1002", everything, []int{1}},
		{"1002", sales, nil},
		{"安娜", everything, []int{3}},
		{"39001390", everything, []int{3}},
		{"anna.ou@example.com", everything, []int{3}},
		{"晨光", everything, []int{3}},
		{"晨光", sales, nil},
		{"'; DROP TABLE \" OR *", everything, nil},
		{"  ", everything, nil},
	} {
		hits, err := db.Search(t.Context(), desk.SearchQuery{Scope: c.scope, Text: c.text})
		if err != nil {
			t.Errorf("search %q: %v", c.text, err)
			continue
		}
		got := map[desk.ConversationID]bool{}
		for _, h := range hits {
			got[h.Conversation.ID] = true
		}
		want := map[desk.ConversationID]bool{}
		for _, i := range c.want {
			want[ids[i]] = true
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("search %q (-want +got):\n%s", c.text, d)
		}
	}
	hits, err := db.Search(t.Context(), desk.SearchQuery{Scope: everything, Text: "退款", Limit: 1})
	if err != nil || len(hits) != 1 || hits[0].Excerpt != "My iPhone15 \x01退款\x02 still pending 客户" {
		t.Fatalf("first page: got %+v, %v", hits, err)
	}
	hits, err = db.Search(t.Context(), desk.SearchQuery{
		Scope: everything, Text: "退款", Limit: 1, After: desk.Keyset{At: hits[0].At, ID: string(hits[0].Message)},
	})
	if err != nil || len(hits) != 1 || hits[0].Conversation.ID != ids[0] {
		t.Errorf("second page: got %+v, %v", hits, err)
	}
	people, err := db.Contacts(t.Context(), desk.ContactQuery{Text: "安娜"})
	if err != nil || len(people) != 1 || len(people[0].Identities) != 2 {
		t.Errorf("contacts: got %+v, %v", people, err)
	}
	// A new name is found, the old one no longer.
	update(t, db, func(tx desk.Tx) error {
		c, err := tx.Contact(ann.ID)
		if err != nil {
			return err
		}
		c.Name = "司马静"
		return tx.SaveContact(c)
	})
	for text, want := range map[string]int{"司马": 1, "欧阳": 0} {
		if people, err := db.Contacts(t.Context(), desk.ContactQuery{Text: text}); err != nil || len(people) != want {
			t.Errorf("contacts %q: got %d, %v; want %d", text, len(people), err, want)
		}
	}
}
