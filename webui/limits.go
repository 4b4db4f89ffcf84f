package webui

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// No string or list of a request is without an end. What its struct does not bound is bounded here by the name of its
// field, so that a new field is safe before anybody thinks of it; the document of the API says which limit holds.

// bound is how long a string may be, in characters.
type bound struct {
	least, most int
	pattern     string
}

// Limits of what has none of its own.
const (
	anyText  = 500
	anyID    = 64
	anyItems = 1000
)

// languageTag is a language as desk.LanguageFits has it, or none, up to languageMost characters.
const (
	languageTag  = `^([A-Za-z]{2,3}((-[A-Za-z0-9]{1,8})*-[A-Za-z0-9]{2,8})?)?$`
	languageMost = 35
)

// boundsByName are fields that are no names or short words.
var boundsByName = map[string]bound{
	"tags": {1, 60, ""}, "tags_add": {1, 60, ""}, "locale": {0, languageMost, languageTag}, "languages": {0, languageMost, languageTag},
	"text": {0, 100_000, ""}, "html": {0, 300_000, ""}, "secrets": {0, 20_000, ""}, "email": {0, 320, ""}, "blob": {0, 64, ""},
	"extension": {0, 32, ""}, "images": {0, 8, ""}, "download": {0, 8, ""}, "u": {0, 100_000, ""},
}

// idNames are fields that hold ids of ours.
var idNames = []string{"id", "mid", "ids", "inbox", "inboxes", "queue", "queues", "team", "teams", "leads", "contact", "calendar", "mentions", "message"}

func boundOf(name string) bound {
	if b, ok := boundsByName[name]; ok {
		return b
	}
	for _, id := range idNames {
		if name == id {
			return bound{most: anyID}
		}
	}
	return bound{most: anyText}
}

// limit bounds every request of the API; it runs once all operations are registered.
func limit(api huma.API) {
	doc := api.OpenAPI()
	w := &bounder{named: doc.Components.Schemas.Map(), seen: map[*huma.Schema]bool{}}
	for _, path := range doc.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Put, path.Post, path.Delete, path.Patch} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				w.bound(p.Schema, p.Name)
			}
			if op.RequestBody == nil {
				continue
			}
			for _, c := range op.RequestBody.Content {
				w.bound(c.Schema, "body")
			}
		}
	}
}

type bounder struct {
	named map[string]*huma.Schema
	seen  map[*huma.Schema]bool
}

// bound walks a schema; name is the field it stands for.
func (w *bounder) bound(s *huma.Schema, name string) {
	if s == nil || w.seen[s] {
		return
	}
	w.seen[s] = true
	if s.Ref != "" {
		w.bound(w.named[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]], name)
		return
	}
	switch s.Type {
	case huma.TypeString:
		boundText(s, name)
	case huma.TypeArray:
		if s.MaxItems == nil {
			s.MaxItems = ptr(anyItems)
		}
		w.bound(s.Items, name)
	case huma.TypeObject:
		for field, sub := range s.Properties {
			w.bound(sub, field)
		}
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			w.bound(values, name)
		}
	}
	for _, list := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, sub := range list {
			w.bound(sub, name)
		}
	}
	s.PrecomputeMessages()
}

func boundText(s *huma.Schema, name string) {
	if len(s.Enum) > 0 || s.Format == "date-time" {
		return
	}
	b := boundOf(name)
	if s.MaxLength == nil {
		s.MaxLength = ptr(b.most)
	}
	if s.MinLength == nil && b.least > 0 {
		s.MinLength = ptr(b.least)
	}
	if s.Pattern == "" {
		s.Pattern = b.pattern
	}
}

func ptr[T any](v T) *T { return &v }
