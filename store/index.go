package store

import (
	"slices"
	"strconv"
	"strings"

	"yingda/desk"
)

// docTokens bounds one search document. PostgreSQL keeps 256 places of a token and counts places to 16,383: longer
// texts become several documents that overlap by docOverlap tokens.
const (
	docTokens  = 4000
	docOverlap = 40
)

// indexDoc makes search documents of the texts.
func (b *batch) indexDoc(d searchDoc, texts ...string) []write {
	tokens := tokensOf(texts...)
	var out []write
	for len(tokens) > 0 {
		part := tokens[:min(docTokens, len(tokens))]
		b.doc++
		args := []any{b.doc, d.conversation, d.message, d.contact, d.number, d.at}
		const columns = `INSERT INTO search_docs (doc, conversation, message, contact, number, at`
		if b.db.Engine() == "postgres" {
			out = append(out, write{sql: columns + `, tokens) VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector)`, args: append(args, tsvector(part))})
		} else {
			out = append(out, write{sql: columns + `) VALUES ($1, $2, $3, $4, $5, $6)`, args: args},
				write{sql: `INSERT INTO search (rowid, tokens) VALUES ($1, $2)`, args: []any{b.doc, fts5Text(part)}})
		}
		if len(part) == len(tokens) {
			break
		}
		tokens = tokens[docTokens-docOverlap:]
	}
	return out
}

// searchDoc says what a document leads to.
type searchDoc struct {
	conversation, message, contact string
	number, at                     int64
}

// tsvector is the tokens with their places in PostgreSQL's form. No token holds a quote.
func tsvector(tokens []string) string {
	var s strings.Builder
	for i, t := range tokens {
		if t != "" {
			s.WriteString("'" + t + "':" + strconv.Itoa(i+1) + " ")
		}
	}
	return s.String()
}

// fts5Text is the tokens as words; a gap is a word of its own that no query holds.
func fts5Text(tokens []string) string {
	out := slices.Clone(tokens)
	for i, t := range out {
		if t == "" {
			out[i] = "\u2d63" // a letter nobody searches for: it keeps the texts apart
		}
	}
	return strings.Join(out, " ")
}

// unindex removes the documents that where finds.
func (b *batch) unindex(where string, arg string) []write {
	var out []write
	if b.db.Engine() == "sqlite" {
		out = append(out, write{sql: `DELETE FROM search WHERE rowid IN (SELECT doc FROM search_docs WHERE ` + where + `)`, args: []any{arg}})
	}
	return append(out, write{sql: `DELETE FROM search_docs WHERE ` + where, args: []any{arg}})
}

// indexConv keeps a conversation's subject findable.
func (b *batch) indexConv(rec *convRec) []write {
	c := &rec.c
	if rec.base > 0 && rec.was.Subject == c.Subject {
		return nil
	}
	var out []write
	if rec.base > 0 {
		out = b.unindex(`conversation = $1 AND message = ''`, string(c.ID))
	}
	return append(out, b.indexDoc(searchDoc{conversation: string(c.ID), at: ms(c.LastAt)}, c.Subject)...)
}

// indexContact keeps a contact's names, addresses and numbers findable.
func (b *batch) indexContact(rec *contactRec) []write {
	c, was := &rec.c, &rec.was
	if rec.base > 0 && c.Name == was.Name && c.Company == was.Company && len(c.Identities) == rec.known && len(rec.gone) == 0 {
		return nil
	}
	var out []write
	if rec.base > 0 {
		out = b.unindex(`contact = $1 AND contact <> ''`, string(c.ID))
	}
	texts := []string{c.Name, c.Company}
	for _, i := range c.Identities {
		if i.Kind != desk.ByVisitor {
			texts = append(texts, i.Value)
		}
	}
	return append(out, b.indexDoc(searchDoc{contact: string(c.ID), at: ms(c.UpdatedAt)}, texts...)...)
}

// maxIndexed is how much of one message is searchable, in characters: words of a longer one would hold every other
// writer up for seconds. A page of print has about 2,000.
const maxIndexed = 50_000

// indexMessage makes a message's words, people and files findable; of its text the first [maxIndexed] characters.
func (b *batch) indexMessage(m desk.Message) []write {
	texts := []string{m.Subject, beginning(m.Body.Text), m.AuthorName}
	for _, list := range [][]desk.Address{{m.From}, m.To, m.Cc} {
		for _, a := range list {
			texts = append(texts, a.Name, a.Address)
		}
	}
	for _, a := range m.Attachments {
		texts = append(texts, a.Name)
	}
	if m.Call != nil {
		texts = append(texts, m.Call.From, m.Call.To)
	}
	d := searchDoc{conversation: string(m.Conversation), message: string(m.ID), number: m.Number, at: ms(m.At)}
	return b.indexDoc(d, texts...)
}

// beginning is at most the first maxIndexed characters of s.
func beginning(s string) string {
	n := 0
	for i := range s {
		if n == maxIndexed {
			return s[:i]
		}
		n++
	}
	return s
}
