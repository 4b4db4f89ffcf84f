// Package webhook tells other systems of the firm what happened, by signed HTTP requests.
//
// It owns which facts become deliveries, how one is signed, tried again and given up, and when a webhook is switched
// off. It promises that every chosen fact since the webhook was made is delivered at least once or shown as failed, in the order of the log within one
// conversation, under one id however often it is sent. It never reaches an address inside our own network that the
// operator did not name, and never tells a customer's words.
//
//	fact ─▶ (cursor in SQL) ─▶ waiting ─▶ delivered
//	                             │  └─ again, later and later, for a day ─▶ failed
//	                             └─ the webhook was switched off ─▶ failed
//
// An endpoint that decides (docs/routing.md) is asked on the same line, and its answer counts when it is signed likewise.
//
// Signatures are those of the Standard Webhooks specification (v1): HMAC-SHA256 over id, timestamp and the raw body.
package webhook
