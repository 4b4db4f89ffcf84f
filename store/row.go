package store

import (
	"context"
	"slices"
	"strings"

	"yingda/desk"
)

// convPrefixed is convColumns of c.
var convPrefixed = "c." + strings.ReplaceAll(strings.Join(strings.Fields(convColumns), " "), ", ", ", c.")

// ConversationRows returns the rows of ids that exist, in any order; ReadUpTo is agent's.
func (db *DB) ConversationRows(ctx context.Context, agent desk.AgentID, ids []desk.ConversationID) ([]desk.ConversationRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := padded(ids)
	return db.rows(ctx, "$1", "conversations c", "c.id IN ("+holes(2, len(args))+")", append([]any{string(agent)}, args...))
}

// OpenRows pages through all conversations that are not resolved, in order of id, after the given one.
func (db *DB) OpenRows(ctx context.Context, after desk.ConversationID, limit int) ([]desk.ConversationRow, error) {
	return db.rows(ctx, "$1", "conversations c", "c.status <> 'resolved' AND c.id > $2 ORDER BY c.id LIMIT $3",
		[]any{"", string(after), max(1, min(limit, 1000))})
}

// rows reads the rows of conversations c in source by one statement: clocks and mentions stand in the row, the company
// and the read mark of the agent at the placeholder are looked up by key.
func (db *DB) rows(ctx context.Context, agent, source, where string, args []any) ([]desk.ConversationRow, error) {
	var out []desk.ConversationRow
	var card, mentioned, company string
	var read int64
	scan := newConvScan(&card, &mentioned, &company, &read)
	err := queryAll(ctx, db.read, func(r rows) error {
		c, err := scan.row(r)
		if err != nil {
			return err
		}
		clocks, err := clocksOf(card, c.ID)
		out = append(out, desk.ConversationRow{
			Conversation: c, Clocks: newest(clocks), Mentioned: agentsIn(mentioned), Company: company, ReadUpTo: read,
		})
		return err
	}, `SELECT `+convPrefixed+`, c.clocks, c.mentioned, COALESCE(k.company, ''), COALESCE(m.number, 0) FROM `+source+`
	    LEFT JOIN contacts k ON k.id = c.contact
	    LEFT JOIN marks m ON m.agent = `+agent+` AND m.conversation = c.id
	    WHERE `+where, args...)
	return out, down(err)
}

// agentsIn reads the column mentioned.
func agentsIn(text string) []desk.AgentID {
	var out []desk.AgentID
	for word := range strings.SplitSeq(text, "\n") {
		if word != "" {
			out = append(out, desk.AgentID(word))
		}
	}
	slices.Sort(out)
	return out
}
