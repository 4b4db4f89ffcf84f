// Package words owns what the server itself says to people of ours, where no page can say it: in mails about promises,
// alerts and reports, and in the sheets that leave the house. It promises one table, with every phrase in English and in
// Chinese beside each other. It never speaks to a customer, and the console says its own.
package words
