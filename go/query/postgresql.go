// query, PostgreSQL: connections to a server that only read; there is no concurrency in this file.

package query

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	lookUpThere = "SELECT value FROM item WHERE id = $1"
	addUpThere  = "SELECT sum(value) FROM item WHERE id BETWEEN $1 AND $2"
	patience    = 5 * time.Second // for a server to let us in
)

// settings of each connection: it only reads, and no query takes for ever.
var settings = map[string]string{"default_transaction_read_only": "on", "statement_timeout": "20000"}

// isURL tells whether a database is a server's, and not the path of a file.
func isURL(database string) bool {
	return strings.HasPrefix(database, "postgresql://")
}

// openServer opens a database of PostgreSQL.
func openServer(url string, connections int) (*store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, got another form: mend --database")
	}
	config.ConnectTimeout = patience
	maps.Copy(config.RuntimeParams, settings)
	opened, err := prepare(stdlib.OpenDB(*config), connections, lookUpThere, addUpThere)
	if err != nil {
		return nil, explainServer(err, errors.New("expected a PostgreSQL server, got none: start it, or name another with --database"))
	}
	opened.explain = func(err error) error {
		return explainServer(err, errors.New("expected the PostgreSQL server to stay, it went away: start it, then run again"))
	}
	return opened, nil
}

// explainServer says what to do about a server that does not answer; where it says nothing itself it is gone.
func explainServer(err, gone error) error {
	var said *pgconn.PgError
	switch {
	case !errors.As(err, &said) || strings.HasPrefix(said.Code, "57P"): // it is being shut down, or started
		return gone
	case strings.HasPrefix(said.Code, "42"): // something is not there, or not ours to see
		return foreign(said.Message)
	}
	return fmt.Errorf("expected the PostgreSQL server to answer, got '%s': mend --database, or the server", said.Message)
}
