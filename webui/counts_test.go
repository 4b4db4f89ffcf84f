package webui

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"yingda/desk"
)

// What the lists are said to hold is what they hold, to each in their own scope: whatever is assigned, mentioned, moved or
// resolved.
func TestCountsAreThoseOfTheLists(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var paths []string
	for _, m := range []desk.Received{
		s.mail("help", "a@customer.test", "one"), s.mail("help", "b@customer.test", "two"), s.mail("help", "c@customer.test", "three"),
		s.mail("buy", "d@customer.test", "four"), s.mail("buy", "e@customer.test", "five"),
	} {
		paths = append(paths, "/conversations/"+string(m.Conversation))
	}
	who := map[string]*person{}
	for _, name := range []string{"ann", "bo", "dan", "cai"} {
		who[name] = s.signsIn(name)
	}
	agree := func(when string) {
		t.Helper()
		for name, p := range maps.All(who) {
			held := ListCounts{Queues: map[string]int{}}
			for list, n := range map[string]*int{"mine": &held.Mine, "my_queues": &held.MyQueues, "unassigned": &held.Unassigned, "mentioned": &held.Mentioned} {
				rows := get[Page[Conversation]](p, "/conversations?list="+list).Items
				*n = len(rows)
				for _, r := range rows {
					if list == "my_queues" {
						held.Queues[r.Queue]++
					}
				}
			}
			var said ListCounts
			s.until(func() bool {
				said = get[ListCounts](p, "/me/counts")
				return said.Mine == held.Mine && said.MyQueues == held.MyQueues && said.Unassigned == held.Unassigned && said.Mentioned == held.Mentioned
			})
			if !maps.Equal(said.Queues, held.Queues) {
				t.Errorf("%s, %s: got %v by queue, want %v", when, name, said.Queues, held.Queues)
			}
		}
	}
	agree("all wait")
	want[Conversation](who["ann"], http.MethodPost, paths[0]+"/assign", `{"agent":"ann"}`)
	want[Conversation](who["bo"], http.MethodPost, paths[1]+"/assign", `{"agent":"ann"}`)
	want[Message](who["ann"], http.MethodPost, paths[1]+"/notes", `{"text":"@Dan look","mentions":["dan"]}`)
	agree("two are held, one is mentioned")
	want[Conversation](who["cai"], http.MethodPost, paths[2]+"/transfer", `{"queue":"sales"}`)
	version := get[Conversation](who["ann"], paths[0]).Version
	want[Conversation](who["ann"], http.MethodPatch, paths[0], fmt.Sprintf(`{"version":%d,"status":"resolved"}`, version))
	agree("one went on, one is resolved")
	if c := get[ListCounts](who["dan"], "/me/counts"); c.Mentioned != 1 || !slices.Equal(slices.Collect(maps.Keys(c.Queues)), []string{"sales"}) {
		t.Errorf("dan of sales: got %+v", c)
	}
}
