package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"yingda/configs"
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

// readDocument reads a file of YAML or JSON with known keys only, and checks it. What is wrong with a field is said with
// its line.
func readDocument[T any](file string, check func(*T) error) (T, error) {
	doc, lines, err := configs.ReadDocument[T](file)
	if err != nil {
		return doc, err
	}
	err = check(&doc)
	var f *sla.FieldError
	if !errors.As(err, &f) {
		return doc, err
	}
	return doc, fmt.Errorf("%s:%d: %w", file, lineOf(lines, f.Field), err)
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
