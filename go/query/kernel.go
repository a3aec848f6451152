// Package query looks values up and adds them up in a database; there is no concurrency in this file.
package query

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"sidebyside/contract"
)

const (
	lookUp = "SELECT value FROM item WHERE id = ?"
	addUp  = "SELECT sum(value) FROM item WHERE id BETWEEN ? AND ?"
	waitMs = 1_000 // for a database that is locked
)

// Arguments of the workload.
type Arguments struct {
	Database string // the path of its file, or the URL of a server
	Queries  int    // how many
	Rows     int    // how many the table has
	SumRows  int    // how many each tenth query adds up
	Batch    int    // queries that a worker takes at once
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Database: options.Text("database"),
		Queries:  options.Natural("queries", 0, 1_000_000),
		Rows:     options.Natural("rows", 1, 1_000_000),
		SumRows:  options.Natural("sum-rows", 1, 1_000_000),
		Batch:    options.Natural("batch", 1, 1_000_000),
	}
}

// batch is what a worker takes at once: the queries from first up to, not including, end.
type batch struct{ first, end, rows, sumRows int }

// answer is what a batch gave.
type answer struct {
	value   int64 // the sum of what its queries gave
	queries int   // how many were answered
}

// store is the database: a pool of connections, and the queries, prepared on each.
type store struct {
	*sql.DB
	lookUp, addUp *sql.Stmt
	explain       func(err error) error // what to say of one that stops answering
}

// split cuts the queries into batches; one query is a unit.
func split(arguments Arguments) []batch {
	var batches []batch
	for first := 0; first < arguments.Queries; first += arguments.Batch {
		end := min(first+arguments.Batch, arguments.Queries)
		batches = append(batches, batch{first, end, arguments.Rows, arguments.SumRows})
	}
	return batches
}

// draw draws the first number of a SplitMix64 generator that begins with seed, below limit.
func draw(seed, limit int) int {
	z := uint64(seed) + 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(limit))
}

// connect opens a database, only to read, with at most connections connections, all of them kept.
func connect(where string, connections int) (*store, error) {
	if isURL(where) {
		return openServer(where, connections)
	}
	return openFile(where, connections)
}

// openFile opens a database of SQLite.
func openFile(path string, connections int) (*store, error) {
	where := url.URL{Scheme: "file", OmitHost: true, Path: path}
	where.RawQuery = fmt.Sprintf("mode=ro&_pragma=busy_timeout(%d)", waitMs)
	database, err := sql.Open("sqlite", where.String())
	if err != nil {
		return nil, explain(err)
	}
	opened, err := prepare(database, connections, lookUp, addUp)
	if err != nil {
		return nil, explain(err)
	}
	opened.explain = explain
	return opened, nil
}

// prepare prepares the queries on a pool of connections, which it closes where it cannot.
func prepare(database *sql.DB, connections int, lookUp, addUp string) (*store, error) {
	database.SetMaxOpenConns(connections)
	database.SetMaxIdleConns(connections) // the default, 2, would close all others after each query
	prepared := &store{DB: database}
	var err error
	if prepared.lookUp, err = database.Prepare(lookUp); err == nil {
		prepared.addUp, err = database.Prepare(addUp)
	}
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	return prepared, nil
}

// ask does one unit: it asks a query on whichever connection is free.
func (database *store) ask(query *sql.Stmt, parameters ...any) (int64, error) {
	var found any
	if err := query.QueryRow(parameters...).Scan(&found); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, database.explain(err)
	}
	value, ok := found.(int64)
	if !ok {
		return 0, errors.New("expected a number in each row of table item, got none: prepare as many rows as --rows says")
	}
	return value, nil
}

// doBatch does the queries of a batch, one after another: nine look-ups, then a sum, and so on.
func doBatch(database *store, queries batch) (*answer, error) {
	var found answer
	begins := max(queries.rows-queries.sumRows+1, 1)
	for number := queries.first; number < queries.end; number++ {
		var value int64
		var err error
		if number%10 < 9 {
			value, err = database.ask(database.lookUp, draw(number, queries.rows)+1)
		} else {
			begin := draw(number, begins) + 1
			value, err = database.ask(database.addUp, begin, begin+queries.sumRows-1)
		}
		if err != nil {
			return nil, err
		}
		found.value += value
		found.queries++
	}
	return &found, nil
}

// explain says what to do about a database that does not answer.
func explain(err error) error {
	got := err.Error()
	var failed *sqlite.Error
	if errors.As(err, &failed) {
		got = describe(failed)
	}
	if failed != nil && failed.Code()&0xFF == lib.SQLITE_BUSY {
		return errors.New("database is locked: close the program that writes to it, then run again")
	}
	return foreign(got)
}

// foreign says that a database is not the one that is asked for.
func foreign(got string) error {
	return fmt.Errorf("expected a database with a table item(id, value), got '%s': name one with --database", got)
}

// describe names a failure as SQLite does: the driver puts the name of its kind before it, and its code behind.
func describe(failed *sqlite.Error) string {
	text, _, _ := strings.Cut(failed.Error(), " (")
	kind, detail, _ := strings.Cut(text, ": ")
	if failed.Code() == lib.SQLITE_ERROR { // which may be anything
		return detail
	}
	return kind
}

// total adds up what the batches gave; a slot that is still nil was not done.
func total(answers []*answer) contract.Outcome {
	var outcome contract.Outcome
	for _, each := range answers {
		if each != nil {
			outcome.Result += each.value
			outcome.Units += each.queries
		}
	}
	return outcome
}
