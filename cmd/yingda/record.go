package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
)

// openRecord opens the record. On SQLite one process has it at a time: the refusal says so, and what a running node
// answers instead; ask is "" where there is nothing but to stop it.
func openRecord(ctx context.Context, cfg store.Config, log *slog.Logger, ask string) (*store.DB, error) {
	db, err := store.Open(ctx, cfg, log)
	switch {
	case desk.ReasonOf(err) == "data_in_use" && ask != "":
		return nil, fmt.Errorf("open the record: %w; another yingda works on this folder: stop it first, or ask it for %s", err, ask)
	case desk.ReasonOf(err) == "data_in_use":
		return nil, fmt.Errorf("open the record: %w; another yingda works on this folder: stop it first", err)
	case err != nil:
		return nil, fmt.Errorf("open the record: %w", err)
	}
	return db, nil
}

// eventsOf are all facts about a conversation, oldest first.
func eventsOf(ctx context.Context, db *store.DB, id desk.ConversationID) ([]desk.Event, error) {
	var events []desk.Event
	for before := int64(0); ; {
		page, err := db.ConversationEvents(ctx, id, before, 0)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			slices.Reverse(events)
			return events, nil
		}
		events = append(events, page...)
		before = page[len(page)-1].Seq
	}
}

// strictYAML reads one document, YAML or JSON, with known keys only.
func strictYAML(raw []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return errors.New("is empty")
	}
	return err
}

// readDocument reads a file of YAML or JSON with known keys only, and checks it. What is wrong with a field is said with
// its line.
func readDocument(file string, into any, check func() error) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := strictYAML(raw, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	err = check()
	var f *sla.FieldError
	if !errors.As(err, &f) {
		return err
	}
	return fmt.Errorf("%s:%d: %w", file, lineOf(linesOf(raw), f.Field), err)
}

// linesOf says on which line of a document each of its keys stands, by path as in hours.mon[0]; "" is the document.
func linesOf(raw []byte) map[string]int {
	lines := map[string]int{}
	var walk func(n *yaml.Node, path string, line int)
	walk = func(n *yaml.Node, path string, line int) {
		lines[path] = line
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				key := n.Content[i]
				walk(n.Content[i+1], strings.TrimPrefix(path+"."+key.Value, "."), key.Line)
			}
		case yaml.SequenceNode:
			for i, item := range n.Content {
				walk(item, fmt.Sprintf("%s[%d]", path, i), item.Line)
			}
		default: // a value, which holds nothing
		}
	}
	var doc yaml.Node
	if yaml.Unmarshal(raw, &doc) == nil && len(doc.Content) == 1 {
		walk(doc.Content[0], "", doc.Content[0].Line)
	}
	return lines
}

// printJSON writes one object as people can read it.
func (p *program) printJSON(v any) error { return writeJSON(p.out, v) }

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
