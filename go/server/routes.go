// What a path asks for: a page after a delay, perhaps a fault on one of the pages, or the server's counts.

package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

const (
	maxDelayMs = 60_000
	maxPage    = 1<<53 - 1 // every language's numbers, JSON's included, hold it exactly
)

type fault string

const (
	noFault  fault = ""
	failing  fault = "error"    // answers 500
	reset    fault = "reset"    // breaks the connection off with a TCP reset
	truncate fault = "truncate" // declares more than it sends, then closes
	hang     fault = "hang"     // never answers
)

type page struct {
	number  uint64
	delay   time.Duration
	site    site  // whose page it is, if any's
	fault   fault // what goes wrong with this very page
	closing bool
}

type route int

const (
	pageRoute route = iota
	statsRoute
	resetRoute
)

// find tells what is asked for, or returns the answer to refuse it with.
func find(req request) (to route, wanted page, refused *answer) {
	to, method, wanted, refused := match(req.path)
	wanted.closing = req.closing
	if method != "" && string(req.method) != method {
		refused = refusal(statusNotAllowed, fmt.Sprintf("expected method %s, got %s", method, req.method))
		refused.allow = method
	}
	if refused != nil {
		refused.bare = string(req.method) == "HEAD"
		refused.closing = req.closing
	}
	return to, wanted, refused
}

// match finds the route of a path and the method it takes: none for an unknown path.
func match(path []byte) (to route, method string, wanted page, refused *answer) {
	path, _ = bytes.CutPrefix(path, []byte("/"))
	first, rest, _ := bytes.Cut(path, []byte("/"))
	switch {
	case string(first) == "delay" || string(first) == "site":
		wanted, refused = parseAnyPage(path)
	case string(first) == "fault":
		wanted, refused = parseFaultyPage(rest)
	case string(path) == "stats":
		return statsRoute, "GET", wanted, nil
	case string(path) == "stats/reset":
		return resetRoute, "POST", wanted, nil
	default:
		refused = notFound()
	}
	if refused != nil && refused.status == statusNotFound {
		return pageRoute, "", wanted, refused
	}
	return pageRoute, "GET", wanted, refused
}

// parseAnyPage reads delay/<ms>/<page> or site/<pages>/<ms>/<bytes>/<page>.
func parseAnyPage(path []byte) (wanted page, refused *answer) {
	if rest, ok := bytes.CutPrefix(path, []byte("delay/")); ok {
		return parsePage(rest)
	}
	if rest, ok := bytes.CutPrefix(path, []byte("site/")); ok {
		return parseSitePage(rest)
	}
	return wanted, notFound()
}

// parseSitePage reads <pages>/<ms>/<bytes>/<page>.
func parseSitePage(path []byte) (wanted page, refused *answer) {
	pages, rest, _ := bytes.Cut(path, []byte("/"))
	ms, rest, _ := bytes.Cut(rest, []byte("/"))
	size, number, ok := bytes.Cut(rest, []byte("/"))
	if !ok || bytes.IndexByte(number, '/') >= 0 {
		return wanted, notFound()
	}
	var of site
	of.pages, refused = parseNumber("pages", pages, maxPages)
	if refused == nil {
		of.bytes, refused = parseNumber("bytes of a page", size, maxPageBytes)
	}
	if refused != nil {
		return wanted, refused
	}
	wanted, refused = parseDelayed(ms, number)
	if refused == nil && wanted.number >= of.pages {
		refused = refusal(statusNotFound, fmt.Sprintf("expected a page below %d, got %d", of.pages, wanted.number))
	}
	wanted.site = of
	return wanted, refused
}

// parsePage reads <ms>/<page>.
func parsePage(path []byte) (wanted page, refused *answer) {
	ms, number, ok := bytes.Cut(path, []byte("/"))
	if !ok || bytes.IndexByte(number, '/') >= 0 {
		return wanted, notFound()
	}
	return parseDelayed(ms, number)
}

func parseDelayed(ms, number []byte) (wanted page, refused *answer) {
	delayMs, refused := parseNumber("delay in milliseconds", ms, maxDelayMs)
	if refused == nil {
		wanted.number, refused = parseNumber("page", number, maxPage)
	}
	wanted.delay = time.Duration(delayMs) * time.Millisecond
	return wanted, refused
}

// parseFaultyPage reads <kind>/<which>/ and then what parseAnyPage reads.
func parseFaultyPage(path []byte) (wanted page, refused *answer) {
	kind, rest, _ := bytes.Cut(path, []byte("/"))
	which, rest, _ := bytes.Cut(rest, []byte("/"))
	wanted, refused = parseAnyPage(rest)
	if refused != nil && refused.status == statusNotFound {
		return wanted, refused
	}
	faulty, wrongPage := parseNumber("faulty page", which, maxPage)
	if wrongPage != nil {
		return wanted, wrongPage
	}
	wrong, wrongFault := parseFault(kind)
	if wrongFault != nil {
		return wanted, wrongFault
	}
	if wanted.number == faulty {
		wanted.fault = wrong
	}
	return wanted, refused
}

func parseFault(kind []byte) (fault, *answer) {
	for _, known := range []fault{failing, reset, truncate, hang} {
		if string(kind) == string(known) {
			return known, nil
		}
	}
	return noFault, refusal(statusBad, fmt.Sprintf("expected fault error, reset, truncate or hang, got %q", kind))
}

func parseNumber(what string, text []byte, limit uint64) (uint64, *answer) {
	number, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil || number > limit {
		return 0, refusal(statusBad, fmt.Sprintf("expected %s from 0 to %d, got %q", what, limit, text))
	}
	return number, nil
}

func notFound() *answer {
	return refusal(statusNotFound, "expected /delay/MS/PAGE, /site/PAGES/MS/BYTES/PAGE, the same after /fault/KIND/WHICH, "+
		"/stats or /stats/reset")
}

// appendTo writes the page, or what its fault makes of it; a reset and a hang have nothing to write.
func (p page) appendTo(out []byte) []byte {
	var digits [24]byte
	reply := answer{status: statusOK, closing: p.closing}
	if p.site.pages > 0 {
		reply.kind, reply.body = "text/html", p.site.write(p.number)
	} else {
		reply.body = append(strconv.AppendUint(digits[:0], p.number, 10), '\n')
	}
	switch p.fault {
	case failing:
		reply.status = statusServerError
	case truncate:
		reply.missing = 1
	}
	return reply.appendTo(out)
}
