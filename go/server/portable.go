//go:build !linux || portable

// Serving everywhere else (and on Linux with -tags portable): the textbook goroutine a connection.

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

type server struct {
	room sync.Cond // a connection has closed; its lock guards the stats

	stats stats
}

// serve blocks for as long as the server lives; echoes is nil where there are none.
func serve(pages, echoes *net.TCPListener) error {
	s := &server{room: sync.Cond{L: new(sync.Mutex)}}
	if echoes != nil {
		go func() { fail(1, s.accept(echoes, s.echo)) }()
	}
	return s.accept(pages, s.converse)
}

// accept has each client of a listener served, for as long as the server lives.
func (s *server) accept(listener *net.TCPListener, answer func(*net.TCPConn)) error {
	var report limitReport
	for {
		c, err := listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept a connection: %w", err)
		}
		s.room.L.Lock()
		switch {
		case err == nil:
			s.stats.connectionOpened()
			go s.serveOne(c, answer)
		case s.stats.Connections > 0:
			report.acceptFailed(err, s.stats.Connections)
			s.room.Wait()
		}
		s.room.L.Unlock()
	}
}

func (s *server) count(what func()) {
	s.room.L.Lock()
	defer s.room.L.Unlock()
	what()
}

// serveOne answers on a connection until it ends.
func (s *server) serveOne(c *net.TCPConn, answer func(*net.TCPConn)) {
	defer s.count(func() {
		s.stats.connectionClosed()
		s.room.Broadcast()
	})
	defer c.Close()
	answer(c)
}

// echo sends back all that comes; it is in flight while it does, for when its client ends is seen too late.
func (s *server) echo(c *net.TCPConn) {
	buffer := make([]byte, 2*maxHead)
	for {
		size, err := c.Read(buffer)
		s.count(func() {
			s.stats.requestBegan()
			s.stats.EchoedBytes += int64(size)
			s.stats.requestEnded()
		})
		if _, failed := c.Write(buffer[:size]); failed != nil || err != nil {
			return
		}
	}
}

// converse answers one request after the other until either side ends the connection.
func (s *server) converse(c *net.TCPConn) {
	client := &client{TCPConn: c, data: make([]byte, 0, maxHead+1)}
	for open := true; open; {
		req, size, refused := parseRequest(client.data)
		switch {
		case size > 0 || refused != nil:
			open = s.answer(client, req, refused)
			client.data = client.data[:copy(client.data, client.data[size:])]
		default:
			open = client.read() == nil
		}
	}
}

// answer tells whether the connection stays open.
func (s *server) answer(c *client, req request, refused *answer) (open bool) {
	var to route
	var wanted page
	if refused == nil {
		to, wanted, refused = find(req)
	}
	switch {
	case refused != nil:
		return c.send(refused.appendTo(nil), refused.closing)
	case to == pageRoute:
		return s.answerPage(c, wanted)
	}
	reply := answer{status: statusOK, kind: "application/json", closing: req.closing}
	s.count(func() {
		reply.body = s.stats.json()
		if to == resetRoute {
			s.stats.reset()
		}
	})
	return c.send(reply.appendTo(nil), reply.closing)
}

func (s *server) answerPage(c *client, wanted page) (open bool) {
	s.count(s.stats.requestBegan)
	stillThere := c.wait(wanted)
	s.count(s.stats.requestEnded)
	switch {
	case !stillThere:
		return false
	case wanted.fault == reset:
		_ = c.SetLinger(0)
		return false
	}
	return c.send(wanted.appendTo(nil), wanted.closing || wanted.fault == truncate)
}

type client struct {
	*net.TCPConn

	data []byte // read, not served yet
}

func (c *client) read() error {
	count, err := c.Read(c.data[len(c.data):cap(c.data)])
	c.data = c.data[:len(c.data)+count]
	return err
}

// wait reads on while a page is waited for, since that is how a client that goes is noticed.
func (c *client) wait(wanted page) (stillThere bool) {
	if wanted.delay == 0 && wanted.fault != hang {
		runtime.Gosched() // to others that have a request waiting: read before this one is answered, they count together
		return true
	}
	due := time.Now().Add(wanted.delay)
	if wanted.fault == hang {
		due = time.Time{}
	}
	_ = c.SetReadDeadline(due)
	defer func() { _ = c.SetReadDeadline(time.Time{}) }()
	for len(c.data) < cap(c.data) {
		if err := c.read(); err != nil {
			return errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
	if wanted.fault == hang {
		_, _ = io.Copy(io.Discard, c)
		return false
	}
	time.Sleep(time.Until(due))
	return true
}

// send ends our half only when the connection is to close: closing with bytes unread would reset it and could
// take the answer along.
func (c *client) send(text []byte, closing bool) (open bool) {
	if _, err := c.Write(text); err != nil {
		return false
	}
	if closing {
		_ = c.CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}
	return !closing
}
