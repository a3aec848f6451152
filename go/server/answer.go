// Writing an answer: the whole of it, head and body, into one buffer for one write.

package main

import "strconv"

const (
	statusOK           = "200 OK"
	statusBad          = "400 Bad Request"
	statusNotFound     = "404 Not Found"
	statusNotAllowed   = "405 Method Not Allowed"
	statusHeadTooLarge = "431 Request Header Fields Too Large"
	statusServerError  = "500 Internal Server Error"
)

type answer struct {
	status  string
	kind    string // the media type: text/plain unless said otherwise
	allow   string // the method that would have been right
	body    []byte
	missing int  // how many bytes of the declared body are never sent
	bare    bool // an answer to HEAD declares its body and sends none
	closing bool // the connection ends with this answer
}

func refusal(status, why string) *answer { return &answer{status: status, body: []byte(why + "\n")} }

// badRequest and headTooLarge end the connection: where the next request would begin is not known.
func badRequest(why string) *answer {
	refused := refusal(statusBad, why)
	refused.closing = true
	return refused
}

func headTooLarge() *answer {
	refused := refusal(statusHeadTooLarge, "expected a head of at most "+strconv.Itoa(maxHead)+" bytes, got more")
	refused.closing = true
	return refused
}

func (a *answer) appendTo(out []byte) []byte {
	out = append(out, "HTTP/1.1 "...)
	out = append(out, a.status...)
	out = append(out, "\r\nContent-Type: "...)
	if a.kind == "" {
		out = append(out, "text/plain"...)
	}
	out = append(out, a.kind...)
	if a.allow != "" {
		out = append(out, "\r\nAllow: "...)
		out = append(out, a.allow...)
	}
	if a.closing {
		out = append(out, "\r\nConnection: close"...)
	}
	out = append(out, "\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(a.body)+a.missing), 10)
	out = append(out, "\r\n\r\n"...)
	if a.bare {
		return out
	}
	return append(out, a.body...)
}
