package main

import (
	"context"
	"fmt"
	"slices"

	"yingda/desk"
	"yingda/sla"
)

// hearBook reads the book of promises anew when a policy or calendar changed, and lets open conversations be looked at
// again. Every node reads; reviewing twice changes nothing.
func (n *node) hearBook(ctx context.Context, e desk.Event) error {
	f, ok := e.Fact.(desk.SettingChanged)
	if !ok || !slices.Contains(sla.Kinds, f.Setting) {
		return nil
	}
	if err := n.refreshBook(ctx); err != nil {
		return err
	}
	return n.review(ctx)
}

func (n *node) refreshBook(ctx context.Context) error {
	book, err := readBook(ctx, n.db)
	if err != nil {
		return err
	}
	n.promises.Use(book)
	return nil
}

// checkBook judges a policy or calendar beside those stored at this moment: the book in force may be a breath behind.
func (n *node) checkBook(ctx context.Context, s desk.Setting) error {
	if book, err := readBook(ctx, n.db); err == nil { // a stored book that cannot be read must still be mendable
		n.promises.Use(book)
	}
	return n.promises.Check(ctx, s)
}

// review looks at the clocks of everything that is not resolved.
func (n *node) review(ctx context.Context) error {
	var after desk.ConversationID
	for {
		rows, err := n.db.OpenRows(ctx, after, reviewPage)
		if err != nil {
			return fmt.Errorf("review clocks: %w", err)
		}
		for _, row := range rows {
			if err := n.desk.Review(ctx, row.ID); err != nil {
				return fmt.Errorf("review %s: %w", row.ID, err)
			}
			after = row.ID
		}
		if len(rows) < reviewPage {
			return nil
		}
	}
}

// reviewPage is how many conversations are read at once.
const reviewPage = 200
