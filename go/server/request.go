// Reading a request: the head of an HTTP/1 message, parsed where it lies, without an allocation.

package main

import (
	"bytes"
	"strconv"
)

const maxHead = 8 << 10

// A request points into the bytes it was parsed from and is valid for as long as they are.
type request struct {
	method, path []byte
	closing      bool // the client wants, or its version implies, that the connection ends with the answer
	hosted       bool // it names its host, or its version need not
}

// parseRequest returns the request at the start of data and how many bytes it takes: 0 while the head is
// incomplete. When the head makes no sense it returns the answer to refuse it with.
func parseRequest(data []byte) (req request, size int, refused *answer) {
	for refused == nil {
		end := bytes.IndexByte(data[size:], '\n') + 1
		line := data[size : size+end]
		size += end
		switch {
		case size > maxHead || end == 0 && len(data) > maxHead:
			return req, 0, headTooLarge()
		case end == 0:
			return req, 0, nil
		case end == 1 || line[end-2] != '\r':
			return req, 0, badRequest("expected lines that end in CRLF, got LF alone")
		case req.method == nil:
			refused = req.readFirstLine(line[:end-2])
		case end > 2:
			refused = req.readField(line[:end-2])
		case !req.hosted:
			return req, 0, badRequest("expected a Host field, got none")
		default:
			return req, size, nil
		}
	}
	return req, 0, refused
}

func (r *request) readFirstLine(line []byte) (refused *answer) {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	path, version, _ := bytes.Cut(rest, []byte(" "))
	old := string(version) == "HTTP/1.0"
	if len(method) == 0 || len(path) == 0 || !old && string(version) != "HTTP/1.1" {
		return badRequest("expected METHOD PATH HTTP/1.1, got " + strconv.Quote(string(line)))
	}
	*r = request{method: method, path: path, closing: old, hosted: old}
	return nil
}

// readField heeds the few header fields that decide where a message ends and whether another may follow.
func (r *request) readField(line []byte) (refused *answer) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t") {
		return badRequest("expected NAME: VALUE, got " + strconv.Quote(string(line)))
	}
	switch {
	case nameIs(name, "Host"):
		r.hosted = true
	case nameIs(name, "Connection"):
		r.closing = r.closing || hasToken(value, "close")
	case nameIs(name, "Content-Length") && string(bytes.TrimSpace(value)) != "0", nameIs(name, "Transfer-Encoding"):
		return badRequest("expected a request without a body, got " + strconv.Quote(string(line)))
	}
	return nil
}

func nameIs(name []byte, want string) bool {
	return len(name) == len(want) && bytes.EqualFold(name, []byte(want))
}

func hasToken(list []byte, want string) bool {
	for len(list) > 0 {
		var token []byte
		token, list, _ = bytes.Cut(list, []byte(","))
		if bytes.EqualFold(bytes.TrimSpace(token), []byte(want)) {
			return true
		}
	}
	return false
}
