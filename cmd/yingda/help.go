package main

import (
	"slices"
	"strings"
)

// manualOf is what the manual says of one command: its lines of the synopsis, and its paragraphs. args may be more than
// the command's words; where the manual has nothing of them, it is the manual.
func manualOf(args []string) string {
	_, rest, _ := strings.Cut(manual, "SYNOPSIS\n")
	synopsis, rest, _ := strings.Cut(rest, "\n\nCOMMANDS\n")
	commands, _, _ := strings.Cut(rest, "\n\n")
	for n := min(len(args), 2); n > 0; n-- {
		var out, paragraphs []string
		for line := range strings.SplitSeq(synopsis, "\n") {
			if words := strings.Fields(line); len(words) > n && slices.Equal(words[1:1+n], args[:n]) {
				out = append(out, strings.TrimSpace(line))
			}
		}
		ours := false
		for line := range strings.SplitSeq(commands, "\n") {
			if words := strings.Fields(line); !strings.HasPrefix(line, "     ") {
				ours = len(words) >= n && slices.Equal(words[:n], args[:n])
			}
			if ours {
				paragraphs = append(paragraphs, strings.TrimPrefix(line, "    "))
			}
		}
		if len(out) > 0 {
			return strings.Join(slices.Concat(out, []string{""}, paragraphs), "\n") + "\n"
		}
	}
	return manual
}

// manual is what `yingda help` prints: the commands, their options, files and environment.
const manual = `NAME
    yingda - contact-centre middleware: mail, chat and calls to the right agent, in time

SYNOPSIS
    yingda serve -c FILE
    yingda demo [--listen 127.0.0.1:8080] [--data DIR] [--pace N] [--quiet-street]
    yingda migrate -c FILE
    yingda checkconfig FILE
    yingda rebuild -c FILE
    yingda user add -c FILE --email ADDRESS --name NAME --role ROLE
    yingda user passwd -c FILE --email ADDRESS
    yingda backup -c FILE --to FILE
    yingda restore -c FILE --from FILE
    yingda mail parse FILE...
    yingda sla due --calendar FILE --start TIME --target 24h [--pause FROM/TO]… [--explain] [--json]
    yingda sla between --calendar FILE --from TIME --to TIME [--pause FROM/TO]… [--explain] [--json]
    yingda sla batch
    yingda sla why CONVERSATION -c FILE [--json]
    yingda sla dryrun --policy FILE --from DAY --to DAY -c FILE [--json]
    yingda sla holidays --from FILE --id ID [--name NAME] [--years 2026-2028] [--save -c FILE]
    yingda route simulate --arrivals-per-hour N --aht D --agents N [OPTION...]
    yingda route simulate FILE [--seed N] [--json]
    yingda route explain CONVERSATION [-c FILE] [--json]
    yingda route check POLICY.yaml [-c FILE] [--queue QUEUE] [--json]
    yingda route export QUEUE [-c FILE] [--draft]
    yingda openapi
    yingda version
    yingda help

COMMANDS
    serve        Runs a node until it is told to stop (SIGINT, SIGTERM). Migrates first.
                 Edges stop first, then the core; nothing accepted is lost. On an empty
                 record it makes an administrator and prints the password once; then it
                 imports the documents of the file's seed section that are not there yet.
    demo         Runs everything on this machine with nothing installed: embedded
                 SQLite and Redis, a mail server of its own on loopback, a shop page
                 with the widget, customers who come by and colleagues who answer some
                 of them. What happened is kept in DIR and there again next time.
                   --listen ADDR    where the console is served (127.0.0.1:8080)
                   --data DIR       where everything is kept (./yingda-demo)
                   --pace N         N times as many customers (1); 0.5 is half
                   --quiet-street   no customers and no colleagues: an empty stage
    migrate      Brings the store to this version's schema and ends. Safe to run beside
                 the previous version; migrations only add.
    checkconfig  Reads FILE as serve would and says what is wrong, with file and line,
                 or prints "ok". Connects to nothing.
    rebuild      Empties the routing index in Redis; the node that leads, or the next to
                 start, fills it from SQL. Makes anew what reports read in place of single
                 promises, and says in how many hours it differed. Normally never needed:
                 a node notices an empty Redis by itself.
    user add     Adds a person. The password is read from standard input when it is not
                 a terminal, otherwise a random one is printed once. ROLE is agent,
                 supervisor or administrator.
    user passwd  Gives a person a new password, in the same way; signs them out.
    backup       Writes a consistent copy of the record, attachments with it, to a new file.
                 On PostgreSQL nodes go on working meanwhile.
    restore      Fills an empty record from such a file, all or nothing; the engine may be
                 the other one. store.key must be the one the copy was made with.
    mail parse   Prints what the program reads in each mail, one JSON object a line: subject,
                 people, text, the writer's own words, files, what kind of mail it is.
                 FILE is a mail as it came, "-" standard input. Any bytes have an answer;
                 needs no configuration. The fields are explained in docs/mail.md.
    sla due      Says when a target is used up that starts at TIME, by the calendar in FILE
                 (the document of docs/sla.md, YAML or JSON). TIME is RFC 3339, or a time on
                 the calendar's wall (2026-09-18T16:30). The target is a duration (24h, 90m)
                 or working days (3d). While a --pause lasts nothing counts. --explain lists
                 each interval counted.
    sla between  Says how much of the time between two moments is open.
    sla batch    Answers questions about business time on standard input, one JSON object a
                 line, in their order: {"id", "schedule", "op", "input"} gets {"id", "result"}
                 or {"id", "error"}. Ops: time_after, time_before, deadline, within, in_hours,
                 on_break, on_holiday, periods_after, periods_before; see docs/sla.md.
    sla why      Tells the history of a conversation's clocks, by id or number, from its facts:
                 started, paused, resumed, changed, met, breached, each with its cause; and
                 whether the stored clocks are what the facts give. The console has it as "clocks" of a conversation.
    sla dryrun   Counts the promises of past days (in UTC) again as if the policy in FILE had
                 been in force, by itself or in place of that with its id: "would have been
                 late: 14 instead of 9". What people did is taken as it was. Changes nothing.
    sla holidays Reads a list of holidays, an iCalendar file (.ics) or a document of docs/sla.md
                 (YAML or JSON), and prints it as a document. With --save it is stored: its
                 years replace those of the list with that ID, and calendars that follow it
                 ("lists": ["ID"]) count by it at once. Next year's list of cn is saved so.
    route simulate
                 Plays the routing rules on a virtual clock and prints how it would go:
                 service level, waits, occupancy, who gives up. FILE is a scenario
                 (configs/scenarios/ holds annotated ones): who comes, who is there, by
                 which rules; queue by queue and agent by agent. One queue needs no file:
                   --arrivals-per-hour N  how many come
                   --aht D                how long one takes, on average, as 240s
                   --agents N             how many serve
                   --concurrency N        how many each serves at once (1); each takes as long
                   --patience D           how long a customer waits, on average (for ever)
                   --queue-limit N        how many may wait; others are turned away (no limit)
                   --target D             the service level's threshold (20s)
                   --arrivals N           how many customers are counted (300000)
                   --seed N               which chances (1); equal seeds, equal figures
                   --json                 one JSON object; waits in seconds, shares of 1
                 With these the times are exponential: figures agree with Erlang A, B and C.
    route explain
                 Prints how a conversation, by id or number, was routed: each offer with the
                 parts of its score, who was passed over and why, and how it ended.
    route check  Judges a routing policy (YAML or JSON, the document of docs/routing.md) by the
                 queues, teams, skills and people of the record, and prints what is wrong and
                 what is worth knowing, with the line: "nobody has French 4". --queue names
                 its queue where the file does not. Changes nothing.
    route export Prints a queue's routing policy in force, or its draft, as such a file; where
                 there is none, the queue's own settings as the policy that they are. The
                 seed section (kind routing) and the console take it back.
    openapi      Prints the OpenAPI 3.1 document of the REST API.
    version      Prints the version, Go version and platform.
    help         Prints this. A command followed by --help prints what is said here of it.

    Without -c the built-in defaults hold: a node on a laptop, see configs/laptop.yaml.
    With SQLite one process has the record at a time: stop serve before migrate, user,
    backup, restore, sla why, sla dryrun, sla holidays --save and all of route but simulate.

FILES
    One YAML file over built-in defaults; configs/ holds annotated examples. An unknown
    key or a bad value is an error that names file, line and what is allowed.

ENVIRONMENT
    YINGDA_…     Any key of the file, upper case, dots as double underscores, lists with
                 commas: YINGDA_LISTEN, YINGDA_STORE__URL, YINGDA_REDIS__ADDRESSES. Wins
                 over the file. An unknown one is an error.
    YINGDA_STORE__KEY
                 The secret that mailbox and webhook secrets are encrypted with, and from
                 which sessions of the widget and reply addresses are signed: 16 characters
                 or more. serve does not start without it, or store.key_file.
    YINGDA_NOW_OFFSET
                 For tests: moves the clock by a duration such as 26h.

EXIT STATUS
    0 all went well; 1 it failed, standard error says why; 2 the command line was wrong.
`
