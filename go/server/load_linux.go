//go:build !portable

// The load on Linux: one thread and one epoll loop, as in loop_linux.go. Its timer is precise, where the runtime's
// poller rounds to milliseconds, and a request costs little more than its write and its read.

package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// A stream is one connection. Its requests are number, number+connections, number+2·connections and so on.
type stream struct {
	fd       int
	handed   int  // the request that is handed to it next; what is before it is to be sent, or was
	sending  int  // the request that is sent next, or in part
	sent     int  // how many of its bytes have been taken by the socket
	awaited  int  // the request that is answered next, or in part
	received int  // how many bytes of its answer have been read
	full     bool // the socket takes nothing more until epoll says so
	ended    bool // our half is closed
	closed   bool
}

// A generator is used by one thread alone, and so is everything it owns.
type generator struct {
	load
	outcome
	streams     []stream
	epoll       int
	timer       int
	start       time.Time
	handed      int           // requests, over all streams
	unended     int           // streams with answers to come
	unclosed    int           // streams that the server has not ended
	limit       time.Duration // until when to wait for the rest, on the generator's clock, once all is sent
	givenUp     bool          // what is read now has come too late
	in, out, is []byte
}

const (
	batch     = 1 << 10 // messages that are sent or read at once, at most
	timerName = -1      // in events, where streams have their number
)

// drive sends all requests and reads the answers.
func drive(wanted load, conns []*net.TCPConn, seen outcome) error {
	g := &generator{
		load: wanted, outcome: seen, unended: len(conns), unclosed: len(conns), streams: make([]stream, len(conns)),
		in: make([]byte, batch*messageSize), out: make([]byte, batch*messageSize), is: make([]byte, messageSize),
	}
	if err := g.open(conns); err != nil {
		return err
	}
	g.start = time.Now()
	for number := range g.streams {
		g.endIfAnswered(&g.streams[number]) // those beyond the last request
	}
	if err := g.run(); err != nil {
		return err
	}
	for number := range g.streams {
		g.close(&g.streams[number])
	}
	return nil
}

func (g *generator) open(conns []*net.TCPConn) (err error) {
	if g.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("create an epoll instance: %w", err)
	}
	if g.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return fmt.Errorf("create a timer: %w", err)
	}
	for number, conn := range conns {
		fd, err := detach(conn)
		if err != nil {
			return err
		}
		g.streams[number] = stream{fd: fd, handed: number, sending: number, awaited: number}
		if err := g.watch(fd, number); err != nil {
			return err
		}
	}
	return g.watch(g.timer, timerName)
}

// detach takes a socket from the runtime, whose poller would wake up for each answer.
func detach(conn *net.TCPConn) (int, error) {
	file, err := conn.File()
	if err != nil {
		return 0, fmt.Errorf("duplicate a socket: %w", err)
	}
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0) // a file would be closed when it is collected
	err = errors.Join(err, conn.Close(), unix.SetNonblock(fd, true))
	if err != nil {
		return 0, fmt.Errorf("take a socket from the runtime: %w", err)
	}
	return fd, nil
}

// watch asks to be told once whenever something changes, as loop.watch does.
func (g *generator) watch(fd, name int) error {
	event := unix.EpollEvent{Fd: int32(name), Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET}
	if err := unix.EpollCtl(g.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("add to the epoll instance: %w", err)
	}
	return nil
}

func (g *generator) now() time.Duration { return time.Since(g.start) }

func (g *generator) run() error {
	events := make([]unix.EpollEvent, len(g.streams)+1)
	for g.unclosed > 0 {
		if err := g.sendDue(); err != nil {
			return err
		}
		if g.isOver() {
			return nil
		}
		if err := g.arm(); err != nil {
			return err
		}
		count, err := epollWait(g.epoll, events)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("wait for events: %w", err)
		}
		for _, event := range events[:count] {
			var err error
			if event.Fd != timerName {
				err = g.wake(&g.streams[event.Fd], event.Events)
			}
			// Here too, or it would be late by as long as all the other events take.
			if err = cmp.Or(err, g.sendDue()); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendDue hands each request that is due to its stream. What the socket does not take waits there, for that stream
// only, and is not late by our doing.
func (g *generator) sendDue() error {
	if g.handed == g.requests() {
		return nil
	}
	for until := g.now(); g.handed < g.requests() && g.due(g.handed) <= until; g.handed++ {
		s := &g.streams[g.handed%g.connections]
		g.late[g.handed] = g.now() - g.due(g.handed)
		s.handed = g.handed + g.connections
		if err := g.flush(s); err != nil {
			return err
		}
	}
	if g.handed == g.requests() {
		g.limit = g.now() + answerPatience
	}
	return nil
}

// flush sends what has been handed to a stream and was not sent yet, until its socket is full.
func (g *generator) flush(s *stream) error {
	for s.sending < s.handed && !s.full && !s.ended {
		size := 0
		for i := s.sending; i < s.handed && size < len(g.out); i += g.connections {
			writeMessage(g.out[size:], i)
			size += messageSize
		}
		count, err := writeSocket(s.fd, g.out[s.sent:size])
		switch {
		case err == unix.EAGAIN:
			s.full = true
		case err != nil && err != unix.EINTR:
			return brokenOff(s.awaited, err)
		}
		s.sent += count
		s.sending += s.sent / messageSize * g.connections
		s.sent %= messageSize
	}
	return nil
}

// wake goes on with a stream whose socket has changed.
func (g *generator) wake(s *stream, events uint32) error {
	if s.closed {
		return nil
	}
	if events&unix.EPOLLOUT != 0 {
		s.full = false
		if err := g.flush(s); err != nil {
			return err
		}
	}
	hungUp := events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	if events&unix.EPOLLIN != 0 || hungUp {
		return g.read(s, hungUp)
	}
	return nil
}

// read takes all that has arrived, and the end of the connection if the server has hung up.
func (g *generator) read(s *stream, hungUp bool) error {
	for !s.closed {
		count, err := readSocket(s.fd, g.in)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return nil
		case err != nil || count == 0:
			return g.hangUp(s, err)
		}
		if err := g.receive(s, g.in[:count]); err != nil {
			return err
		}
		if count < len(g.in) && !hungUp {
			return nil // a short read has emptied the socket
		}
	}
	return nil
}

// hangUp closes a connection that the server has ended, which it may do once we have.
func (g *generator) hangUp(s *stream, err error) error {
	if !s.ended {
		return brokenOff(s.awaited, cmp.Or(err, io.EOF))
	}
	g.close(s)
	return nil
}

// receive takes what was read: answers that are complete with it have come now.
func (g *generator) receive(s *stream, data []byte) error {
	if g.givenUp {
		return nil
	}
	now := g.now()
	for len(data) > 0 {
		if s.awaited >= s.handed {
			return wrongAnswer(s.awaited)
		}
		writeMessage(g.is, s.awaited)
		count := min(len(data), messageSize-s.received)
		if !bytes.Equal(data[:count], g.is[s.received:s.received+count]) {
			return wrongAnswer(s.awaited)
		}
		data = data[count:]
		if s.received += count; s.received == messageSize {
			g.latency[s.awaited] = now - g.due(s.awaited)
			s.awaited, s.received = s.awaited+g.connections, 0
		}
	}
	g.endIfAnswered(s)
	return nil
}

// endIfAnswered closes our half of a connection when nothing more is to come, which tells the server to end it.
func (g *generator) endIfAnswered(s *stream) {
	if s.awaited >= g.requests() {
		g.end(s)
	}
}

func (g *generator) end(s *stream) {
	if s.ended {
		return
	}
	s.ended = true
	_ = unix.Shutdown(s.fd, unix.SHUT_WR) // fails where the server has gone, which the next read tells
	if g.unended--; g.unended == 0 {
		g.limit = g.now() + endPatience
	}
}

func (g *generator) close(s *stream) {
	if !s.closed {
		s.closed = true
		_ = unix.Close(s.fd)
		g.unclosed--
	}
}

// isOver gives up, once all is sent, first the answers and then the connections that have not come to their end.
func (g *generator) isOver() bool {
	if g.handed < g.requests() || g.now() < g.limit {
		return false
	}
	if g.unended == 0 {
		return true
	}
	g.givenUp = true
	for number := range g.streams {
		g.end(&g.streams[number])
	}
	return false
}

// arm sets the timer to whatever is due next.
func (g *generator) arm() error {
	next := g.limit
	if g.handed < g.requests() {
		next = g.due(g.handed)
	}
	in := unix.NsecToTimespec(max(1, int64(next-g.now())))
	if err := unix.TimerfdSettime(g.timer, 0, &unix.ItimerSpec{Value: in}, nil); err != nil {
		return fmt.Errorf("set the timer: %w", err)
	}
	return nil
}
