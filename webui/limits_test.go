package webui

import (
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// Every string and list that a caller may send has an end: a new field without one fails here.
func TestEveryRequestFieldIsBounded(t *testing.T) {
	t.Parallel()
	doc := New(Deps{Dir: emptyDirectory}).api.OpenAPI()
	var look func(s *huma.Schema, at string, seen map[*huma.Schema]bool)
	look = func(s *huma.Schema, at string, seen map[*huma.Schema]bool) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		if s.Ref != "" {
			look(doc.Components.Schemas.SchemaFromRef(s.Ref), at, seen)
			return
		}
		if s.Type == huma.TypeString && s.MaxLength == nil && len(s.Enum) == 0 && s.Format == "" {
			t.Errorf("%s: a string without maxLength, enum or format", at)
		}
		if s.Type == huma.TypeArray && s.MaxItems == nil {
			t.Errorf("%s: a list without maxItems", at)
		}
		look(s.Items, at+"[]", seen)
		for name, sub := range s.Properties {
			look(sub, at+"."+name, seen)
		}
		if sub, ok := s.AdditionalProperties.(*huma.Schema); ok {
			look(sub, at+"{}", seen)
		}
	}
	n := 0
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			n++
			for _, p := range op.Parameters {
				look(p.Schema, op.Method+" "+path+" "+p.Name, map[*huma.Schema]bool{})
			}
			if op.RequestBody != nil {
				for kind, c := range op.RequestBody.Content {
					if kind != "multipart/form-data" {
						look(c.Schema, op.Method+" "+path, map[*huma.Schema]bool{})
					}
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("operations looked at: got %d, want all", n)
	}
}

// What is too long, empty or not there is refused by name and changes nothing.
func TestHolesAreShut(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	one, two := s.mail("help", "x@customer.test", "one"), s.mail("help", "y@customer.test", "two")
	ann, cai := s.signsIn("ann"), s.signsIn("cai")
	c := "/conversations/" + string(one.Conversation)
	long := strings.Repeat("长", 61)
	for _, x := range []struct {
		name, method, path, body, reason string
		who                              *person
	}{
		{"an empty tag", http.MethodPatch, c, `{"version":1,"tags":[""]}`, "field_wrong", ann},
		{"a blank tag", http.MethodPatch, c, `{"version":1,"tags":["  "]}`, "tag_invalid", ann},
		{"a long tag", http.MethodPatch, c, `{"version":1,"tags":["` + long + `"]}`, "field_wrong", ann},
		{"a long tag for many", http.MethodPost, "/conversations/bulk", `{"ids":["x"],"tags_add":["` + long + `"]}`, "field_wrong", ann},
		{"a locale that is none", http.MethodPatch, c, `{"version":1,"locale":"<b>"}`, "locale_unknown", ann},
		{"a locale without an end", http.MethodPatch, c, `{"version":1,"locale":"zh` + strings.Repeat("-a", 20) + `bc"}`, "locale_unknown", ann},
		{"a contact's locale that is none", http.MethodPost, "/contacts", `{"name":"N","locale":"no such"}`, "locale_unknown", ann},
		{"a canned text's locale that is none", http.MethodPut, "/settings/canned/c", `{"version":0,"doc":{"id":"c","shortcut":"c","title":"c","text":"c","html":"","locale":"zh_CN","team":""}}`, "locale_unknown", cai},
		{"an agent's language that is none", http.MethodPut, "/settings/agents/new", `{"version":0,"doc":{"id":"new","name":"New","email":"new@yingda.test","role":"agent","extension":"","locale":"en","languages":["en","e"],"teams":[],"queues":[],"skills":[],"capacity":0,"disabled":false}}`, "locale_unknown", cai},
		{"an answer to nothing", http.MethodPost, c + "/messages", `{"text":"t","force":true,"to":[{"address":"x@customer.test"}],"in_reply_to":"nothing"}`, "in_reply_to_unknown", ann},
		{"an answer to another's message", http.MethodPost, c + "/messages", `{"text":"t","force":true,"to":[{"address":"x@customer.test"}],"in_reply_to":"` + string(two.Message) + `"}`, "in_reply_to_unknown", ann},
		{"a long name of a queue", http.MethodPut, "/settings/queues/q", `{"version":0,"doc":{"id":"q","name":"` + strings.Repeat("n", 501) + `"}}`, "", cai},
	} {
		got := x.who.do(x.method, x.path, x.body)
		if got.status != http.StatusUnprocessableEntity || x.reason != "" && got.reason() != x.reason {
			t.Errorf("%s: got %d %s, want 422 %s", x.name, got.status, got.body, x.reason)
		}
	}
	if v := get[Conversation](ann, c).Version; v != 1 {
		t.Errorf("version after the refusals: got %d, want 1", v)
	}
	const said = `{"text":"hello","force":true,"client_key":"k"}`
	want[Message](ann, http.MethodPost, c+"/messages", said)
	d := "/conversations/" + string(two.Conversation) + "/messages"
	if got := ann.do(http.MethodPost, d, said); got.status != http.StatusConflict || got.reason() != "key_reused" {
		t.Errorf("a client key of another conversation: got %d %s, want 409 key_reused", got.status, got.body)
	}
	if got := ann.do(http.MethodPost, c+"/messages", strings.Replace(said, "hello", "other", 1)); got.reason() != "key_reused" {
		t.Errorf("a client key for other words: got %s, want key_reused", got.body)
	}
	if got := ann.do(http.MethodPost, c+"/messages", said); got.status != http.StatusOK {
		t.Errorf("the same again: got %d %s, want the first answer", got.status, got.body)
	}
}
