package configs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"yingda/channels/chat"
	"yingda/channels/email"
	"yingda/channels/voice"
	"yingda/desk"
	"yingda/router"
	"yingda/sla"
	"yingda/webui"
)

// Seed is one settings document to import. Its shape is the one the API takes at PUT /api/v1/settings/…: docs/api.md.
type Seed struct {
	// Kind is inbox, queue, team, agent, skill, canned, tag, tiers, review, policy, calendar, holidays or routing (a routing policy; its id is the queue's).
	Kind desk.SettingKind `yaml:"kind"`
	// ID names the document: letters a to z, digits, ".", "_" and "-", 64 at most. For tiers it is "tiers", for review "review".
	ID string `yaml:"id"`
	// Doc is the document, without its id.
	Doc yaml.Node `yaml:"doc"`
	// SecretFiles are an inbox's secrets: name and the file that holds the value. They are read when the document is
	// imported and encrypted in the record; the files may go afterwards.
	SecretFiles map[string]string `yaml:"secret_files"`
}

// shapes are what the documents of each kind must fit.
var shapes = map[desk.SettingKind]reflect.Type{
	desk.SettingInbox: reflect.TypeFor[desk.Inbox](), desk.SettingQueue: reflect.TypeFor[desk.Queue](),
	desk.SettingTeam: reflect.TypeFor[desk.Team](), desk.SettingAgent: reflect.TypeFor[desk.Agent](),
	desk.SettingReason: reflect.TypeFor[desk.AwayReason](),
	desk.SettingSkill:  reflect.TypeFor[webui.NamedSkill](), desk.SettingCanned: reflect.TypeFor[desk.Canned](),
	desk.SettingTag: reflect.TypeFor[webui.TagDoc](), desk.SettingTiers: reflect.TypeFor[webui.TiersDoc](),
	desk.SettingReview: reflect.TypeFor[desk.ReviewPolicy](),
	desk.SettingPolicy: reflect.TypeFor[sla.Policy](), desk.SettingCalendar: reflect.TypeFor[sla.Calendar](), desk.SettingHolidays: reflect.TypeFor[sla.List](),
	desk.SettingRouting: reflect.TypeFor[router.Routing](),
}

var seedID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func validateSeeds(seeds []Seed) error {
	seen := map[string]bool{}
	for i, s := range seeds {
		at := fmt.Sprintf("seed[%d]", i)
		name := string(s.Kind) + " " + s.ID
		switch {
		case shapes[s.Kind] == nil:
			kinds := slices.Sorted(maps.Keys(shapes))
			return fmt.Errorf("%s.kind: %q: want one of %v", at, s.Kind, kinds)
		case !seedID.MatchString(s.ID):
			return fmt.Errorf("%s.id: %q: want a to z, digits, . _ -, at most 64 characters", at, s.ID)
		case seen[name]:
			return fmt.Errorf("%s.id: %s is there twice", at, name)
		case len(s.SecretFiles) > 0 && s.Kind != desk.SettingInbox:
			return fmt.Errorf("%s.secret_files: only an inbox has secrets", at)
		}
		seen[name] = true
		if _, err := s.Setting(); err != nil {
			return fmt.Errorf("%s.doc: %w", at, err)
		}
	}
	return nil
}

// Setting is the document as the record keeps it. Errors say which field does not fit.
func (s Seed) Setting() (desk.Setting, error) {
	t := &tree{left: maxNodes}
	v, err := t.json(&s.Doc, 0)
	if err != nil {
		return desk.Setting{}, err
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return desk.Setting{}, errors.New("want keys and values")
	}
	if s.Kind != desk.SettingTiers && s.Kind != desk.SettingReview {
		fields["id"] = s.ID
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return desk.Setting{}, fmt.Errorf("line %d: %w", s.Doc.Line, err)
	}
	into := reflect.New(shapes[s.Kind])
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into.Interface()); err != nil {
		return desk.Setting{}, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if raw, err = json.Marshal(into.Interface()); err != nil {
		return desk.Setting{}, fmt.Errorf("write it as JSON: %w", err)
	}
	set := desk.Setting{Kind: s.Kind, ID: s.ID, Doc: raw}
	return set, checkInbox(set)
}

// checkInbox lets the channels' rooms look at their part.
func checkInbox(set desk.Setting) error {
	if set.Kind != desk.SettingInbox {
		return nil
	}
	for _, check := range []desk.SettingCheck{email.CheckSetting, chat.CheckSetting, voice.CheckSetting} {
		if err := check(context.Background(), set); err != nil {
			return said(err)
		}
	}
	return nil
}

// said puts a refusal's parameters into its text: there is no page here to do it.
func said(err error) error {
	var e *desk.Error
	if !errors.As(err, &e) {
		return err
	}
	text := e.Reason
	for _, k := range slices.Sorted(maps.Keys(e.Params)) {
		text += fmt.Sprintf("; %s: %s", k, e.Params[k])
	}
	return errors.New(text)
}

// Secrets reads the seed's secret files.
func (s Seed) Secrets() (map[string]string, error) {
	out := map[string]string{}
	for name, file := range s.SecretFiles {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read secret %s of %s: %w", name, s.ID, err)
		}
		out[name] = strings.TrimRight(string(raw), "\r\n")
	}
	return out, nil
}

// Bounds of one document: what a person writes is far below, what an alias bomb wants is far above.
const (
	maxNodes = 20_000
	maxDepth = 30
)

// tree turns YAML into what JSON can say. Dates stay as they were written: a calendar's holidays are texts.
type tree struct{ left int }

func (t *tree) json(n *yaml.Node, depth int) (any, error) {
	if t.left--; t.left < 0 || depth > maxDepth {
		return nil, fmt.Errorf("line %d: too large or too deep", n.Line)
	}
	switch n.Kind {
	case yaml.DocumentNode: // taken off before
	case yaml.AliasNode:
		return t.json(n.Alias, depth+1)
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, twice := out[key.Value]; twice {
				return nil, fmt.Errorf("line %d: %s is there twice", key.Line, key.Value)
			}
			v, err := t.json(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			out[key.Value] = v
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := t.json(item, depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	case yaml.ScalarNode:
		return plain(n)
	}
	return nil, errors.New("is missing")
}

func plain(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!int", "!!float", "!!bool", "!!null":
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	}
	return n.Value, nil
}
