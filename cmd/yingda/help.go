package main

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
    yingda backup -c FILE TO
    yingda restore -c FILE FROM
    yingda version
    yingda help

COMMANDS
    serve        Runs a node until it is told to stop (SIGINT, SIGTERM). Edges stop
                 first, then the core; nothing accepted is lost. Migrates first.
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
    rebuild      Empties this node's routing index in Redis and fills it from SQL.
                 Normally never needed: a node does it by itself when Redis is empty.
    user add     Adds a person. The password is read from standard input when it is not
                 a terminal, otherwise a random one is printed once. ROLE is agent,
                 supervisor or administrator.
    user passwd  Gives a person a new password, in the same way; signs them out.
    backup       Writes a consistent copy of the record to the file TO.
    restore      Fills an empty store from the file FROM.
    version      Prints the version, Go version and platform.
    openapi      Prints the OpenAPI 3.1 document of the REST API.

FILES
    One YAML file over built-in defaults; configs/ holds annotated examples. An unknown
    key or a bad value is an error that names file, line and what is allowed.

ENVIRONMENT
    YINGDA_…     Any key of the file, upper case, dots as double underscores:
                 YINGDA_STORE__URL, YINGDA_REDIS__URL, YINGDA_LISTEN. Wins over the file.
    YINGDA_SECRET_KEY
                 32 bytes in hex: encrypts mailbox and webhook secrets in the store.

EXIT STATUS
    0 all went well; 1 it failed, standard error says why; 2 the command line was wrong.
`
