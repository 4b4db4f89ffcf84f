// Package demo is the stage for `yingda demo`: a mail server of its own, a shop page with the widget, a street of
// customers who mail, chat and call, and a few simulated colleagues.
//
// It owns everything that pretends to be the world outside. It promises to touch the desk only through its public
// edges: SMTP and IMAP, the widget's socket, signed webhooks and the REST API. It never writes into the record and never
// listens on anything but loopback.
package demo
