package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
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

// refreshBook puts the stored book in force. One whose documents do not fit together stops nobody's work: the last that
// did stays in force, the log says so, and /readyz and the board name it until somebody mends it.
func (n *node) refreshBook(ctx context.Context) error {
	book, bad, err := readBook(ctx, n.db, n.now())
	if err != nil {
		return err
	}
	n.promises.Use(book)
	if bad == nil {
		n.badBook.Store(nil)
		return nil
	}
	n.log.Error("the stored policies, calendars and holidays do not fit together; the last that did are in force", "err", bad)
	detail := bad.Error()
	n.badBook.Store(&detail)
	return nil
}

// readBook is the book of promises as the settings have it. Where they make none, bad says why, and the book is the last
// that could be made of them, by the facts about their changes; the built-in one when there never was one.
func readBook(ctx context.Context, db *store.DB, now time.Time) (book *sla.Book, bad, err error) {
	var all []desk.Setting
	for _, kind := range sla.Kinds {
		docs, err := db.Settings(ctx, kind)
		if err != nil {
			return nil, nil, fmt.Errorf("read %s documents: %w", kind, err)
		}
		all = append(all, docs...)
	}
	if book, bad = sla.ReadBook(all); bad == nil {
		return book, nil, nil
	}
	changes, err := db.BookEvents(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read how the book of promises changed: %w", err)
	}
	return sla.NewLedger(changes, nil).At(now), bad, nil
}

// checkBook judges a policy or calendar beside those stored at this moment: the book in force may be a breath behind.
// With a stored book that cannot be read it judges beside the last that could, so that it can be mended.
func (n *node) checkBook(ctx context.Context, s desk.Setting) error {
	if err := n.refreshBook(ctx); err != nil {
		return err
	}
	return n.promises.Check(ctx, s)
}

// checkPolicy judges a policy in its book and beside what it names.
func (n *node) checkPolicy(ctx context.Context, s desk.Setting) error {
	if err := n.checkBook(ctx, s); err != nil {
		return err
	}
	return desk.CheckNames(sla.NamedInPolicy, n.db)(ctx, s)
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
