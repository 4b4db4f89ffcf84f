// Package notify tells people of ours by mail what the ladder of a promise, or an alert of the board, has reached them
// for, and mails them the reports they asked for.
//
// It owns when such a mail goes out and what it says. It promises that every step and alert that asks for mail is told
// once to each person it names, that nobody gets more than one mail a minute, and that what waited for somebody's own hours comes as
// one. It never writes to a customer, and a mail of its own is answered by no machine.
package notify
