// Package email is the mail channel: IMAP in, SMTP out, and the reading and writing of mail between.
//
// It owns the connections to mail servers, the cursors into their mailboxes, and the meaning of a mail's bytes. It
// promises that every mail of a mailbox becomes a message or stands in quarantine, once, whatever breaks on the way,
// and that no answer is sent twice by itself. It never decides which conversation a mail joins: it names the
// candidates and the desk decides.
//
// # In
//
//	mailbox.go  connection kept, IDLE and poll              session.go  sign-in, watchdog on every command
//	intake.go   cursor, shares of mails, what fails         fetch.go    UID lists, downloads, flags and moves
//	taker.go    raw kept → parsed → files kept → desk       wave.go     the same for mails that share commits
//	sent.go     answers written elsewhere (Sent folder)     brake.go    floods of one sender
//	whole.go    too large mails, fetched on demand          listener*.go  mail that is pushed by SMTP or LMTP
//	parse.go    mail → desk.Inbound; reading.go mail → what an operator is told; content.go words and files (uu.go,
//	            winmail.go, calendar.go); over header.go, params.go, charset.go, guess.go, mime.go, base64.go, smime.go,
//	            address.go, date.go
//	html.go     page → tree (html_quick.go when it is plain) and words; html_safe.go tree → what may be shown
//	fold.go, quote_*.go, signature.go                       what the writer wrote, what they quote, their signature
//	auto.go, dsn.go                                         machines and bounces
//
// The cursor is (mailbox, UIDVALIDITY, UID) and is saved after the desk's commit: a crash reads a few mails again,
// which the desk recognises. Flags, dates and SEARCH are never trusted with progress.
//
// One forgiving reader parses everything, instead of a strict one with a lenient one behind it: two readers disagree
// about the same mail, and the strict one's refusals (\r\r\n, junk lines, wrong base64) are ordinary here. Inside it,
// steps have a quick way for what is well-formed (base64, ASCII, plain pages); tests hold both ways to the same result.
//
// # Out
//
//	compose.go, write.go  message → bytes, the same on every retry    smtp.go   bytes → next server, outcome sorted
//	thread.go             reply tokens and thread keys, both ways     check.go  the connection test
package email
