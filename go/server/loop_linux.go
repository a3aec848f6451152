//go:build !portable

// Serving on Linux: one thread and one epoll loop, so that a request costs the server one read, one write and
// its share of a wait. A goroutine a connection (portable.go) reads better and took half as much again.

package main

import (
	"container/heap"
	"fmt"
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

type state int

const (
	reading state = iota // the next thing to do is to serve what has been read
	ready                // a page is to be answered at the end of this turn of the loop
	waiting              // a page is to be answered in a later turn, or never
	ending               // the last answer is out; what still arrives is thrown away until the client closes
	closed
)

type conn struct {
	fd      int
	state   state
	page    page          // what is waited for
	due     time.Duration // when it is to be answered, on the loop's clock
	place   int           // where it stands in the queue of waiting pages; -1 while it does not
	rest    []byte        // read, not served yet
	unsent  []byte        // answered, not taken by the socket yet
	drained bool          // nothing is left to read until epoll says so
	hungUp  bool          // the client has closed: read on to the end even after a short read
	echoes  bool          // what comes is sent back as it is
}

// A loop is used by one thread alone, and so is everything it owns: none of it needs a lock.
type loop struct {
	epoll, timer  int
	pages, echoes int // listening sockets; echoes is -1 where there are none
	stats         stats
	conns         []*conn       // by file descriptor
	ready         []*conn       // whose page is answered at the end of this turn, in the order of their reading
	queue         queue         // of those that wait
	armed         time.Duration // what the timer is set to; 0 when it has run out
	start         time.Time
	in, out       []byte // shared by all connections, which keep bytes of their own only when they must
	full          bool   // no more clients can be accepted until one goes
	report        limitReport
}

// serve blocks for as long as the server lives; echoes is nil where there are none.
func serve(pages, echoes *net.TCPListener) (err error) {
	l := &loop{echoes: -1, start: time.Now(), in: make([]byte, 2*maxHead)}
	if err = l.open(); err != nil {
		return err
	}
	if l.pages, err = l.take(pages); err != nil {
		return err
	}
	if echoes != nil {
		if l.echoes, err = l.take(echoes); err != nil {
			return err
		}
	}
	return l.run()
}

// take takes a listening socket from the runtime, which would wake up for each client, and watches it.
func (l *loop) take(listener *net.TCPListener) (int, error) {
	file, err := listener.File()
	if err != nil {
		return -1, fmt.Errorf("duplicate the listening socket: %w", err)
	}
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0) // a file would be closed when it is collected
	if err != nil {
		return -1, fmt.Errorf("duplicate the listening socket: %w", err)
	}
	if err := listener.Close(); err != nil {
		return -1, fmt.Errorf("close the first listening socket: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return -1, fmt.Errorf("make the listening socket non-blocking: %w", err)
	}
	// Accepted sockets inherit this; an answer must not wait until the one before it is acknowledged.
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return -1, fmt.Errorf("set TCP_NODELAY: %w", err)
	}
	return fd, l.watch(fd)
}

func (l *loop) open() (err error) {
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("create an epoll instance: %w", err)
	}
	if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return fmt.Errorf("create a timer: %w", err)
	}
	return l.watch(l.timer)
}

// watch asks to be told once whenever something changes (EPOLLET), not for as long as it stays so. That saves
// reading the timer, changing what is asked for, and spinning on clients that cannot be accepted.
func (l *loop) watch(fd int) error {
	event := unix.EpollEvent{Fd: int32(fd), Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("add to the epoll instance: %w", err)
	}
	return nil
}

// A turn has room for all connections: with less, the size of its buffer would be the highest peak ever seen.
const maxEvents = 1 << 15

// run reads, turn by turn, all that has arrived before it answers any of it. Requests that are there together are in
// flight together; if each was answered as soon as it was read, pages without a delay would be seen in flight one at
// a time, whatever the clients do. It takes the same reads and writes, in another order, and no more processor time.
func (l *loop) run() error {
	events := make([]unix.EpollEvent, maxEvents)
	for {
		count, err := epollWait(l.epoll, events)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("wait for events: %w", err)
		}
		for _, event := range events[:count] {
			switch fd := int(event.Fd); fd {
			case l.pages, l.echoes:
				l.accept(fd)
			case l.timer:
				l.armed = 0
			default:
				l.wake(fd, event.Events)
			}
		}
		l.answerDue()
		l.answerReady()
		if err := l.arm(); err != nil {
			return err
		}
	}
}

func (l *loop) accept(listener int) {
	for {
		fd, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
			l.add(fd, listener == l.echoes)
		case unix.EAGAIN:
			return
		case unix.ECONNABORTED, unix.EINTR:
		default:
			l.full = true // the clients stay in the backlog until close makes room
			l.report.acceptFailed(err, l.stats.Connections)
			return
		}
	}
}

func (l *loop) add(fd int, echoes bool) {
	if err := l.watch(fd); err != nil {
		fmt.Fprintln(os.Stderr, err)
		_ = unix.Close(fd)
		return
	}
	for len(l.conns) <= fd {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = &conn{fd: fd, place: -1, drained: true, echoes: echoes}
	l.stats.connectionOpened()
}

// wake goes on with a connection. An event may be about an earlier owner of the same descriptor, so it is
// taken as a hint only: what a read says is what counts.
func (l *loop) wake(fd int, events uint32) {
	c := l.conns[fd]
	if c == nil {
		return
	}
	c.drained = c.drained && events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) == 0
	c.hungUp = c.hungUp || events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	if len(c.unsent) > 0 {
		unsent := c.unsent
		c.unsent = nil
		l.write(c, unsent)
		if c.state == ending {
			l.end(c)
		}
	}
	l.proceed(c)
}

// proceed advances a connection until it has to wait, be it for the end of the turn.
func (l *loop) proceed(c *conn) {
	if c.echoes {
		l.echo(c)
		return
	}
	l.advance(c)
	if c.state == ready {
		l.ready = append(l.ready, c)
	}
}

// advance serves all that has been read and reads all that has arrived, until the connection has to wait. It does
// not read past a page that is ready: the end of a half-closed connection must not overtake the answer.
func (l *loop) advance(c *conn) {
	data := l.in[:copy(l.in, c.rest)]
	for c.state != closed && c.state != ready && len(c.unsent) == 0 {
		if c.state == ending {
			data = data[:0]
		}
		if c.state == reading && len(data) > 0 {
			if size := l.handle(c, data); size > 0 {
				data = data[size:]
				continue
			}
		}
		data = l.in[:copy(l.in, data)]
		if c.drained || len(data) == len(l.in) {
			break
		}
		data = l.in[:len(data)+l.read(c, l.in[len(data):])]
	}
	c.rest = append(c.rest[:0], data...)
}

// echo sends back all that has arrived, until the connection has to wait. It is in flight from its first bytes on, not
// from when it was accepted: that may be before its client's last one is seen to have ended.
func (l *loop) echo(c *conn) {
	for c.state != closed && !c.drained && len(c.unsent) == 0 {
		if count := l.read(c, l.in); count > 0 {
			if c.state == reading {
				c.state = waiting
				l.stats.requestBegan()
			}
			l.stats.EchoedBytes += int64(count)
			l.write(c, l.in[:count])
		}
	}
}

// read also finds out that a client has gone, and gives up what it was waiting for; half-closed counts as gone.
func (l *loop) read(c *conn, into []byte) int {
	count, err := readSocket(c.fd, into)
	switch {
	case err == unix.EAGAIN:
		c.drained = true
	case err != nil || count == 0:
		l.close(c)
	case count < len(into):
		c.drained = !c.hungUp // a short read has emptied the socket, so the next one would be for nothing
	}
	return count
}

// handle serves the first request in data and returns its size, 0 if it has not arrived as a whole.
func (l *loop) handle(c *conn, data []byte) (size int) {
	req, size, refused := parseRequest(data)
	if size == 0 && refused == nil {
		return 0
	}
	var to route
	var wanted page
	if refused == nil {
		to, wanted, refused = find(req)
	}
	switch {
	case refused != nil:
		l.reply(c, *refused)
	case to == pageRoute:
		l.begin(c, wanted)
	default:
		l.reply(c, answer{status: statusOK, kind: "application/json", body: l.stats.json(), closing: req.closing})
		if to == resetRoute {
			l.stats.reset()
		}
	}
	return max(size, 1) // what cannot be parsed has no size, but has been dealt with
}

func (l *loop) begin(c *conn, wanted page) {
	l.stats.requestBegan()
	c.state, c.page = waiting, wanted
	switch {
	case wanted.fault == hang:
	case wanted.delay == 0:
		c.state = ready
	default:
		c.due = l.now() + wanted.delay
		heap.Push(&l.queue, c)
	}
}

// finish answers the page a connection waits for, or does what its fault demands.
func (l *loop) finish(c *conn) {
	if c.page.fault == reset {
		// Lingering for no time at all turns the close into a TCP reset.
		_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		l.close(c)
		return
	}
	c.state = reading
	l.out = c.page.appendTo(l.out[:0])
	l.stats.requestEnded()
	l.write(c, l.out)
	if c.page.closing || c.page.fault == truncate {
		l.end(c)
	}
}

func (l *loop) reply(c *conn, a answer) {
	l.out = a.appendTo(l.out[:0])
	l.write(c, l.out)
	if a.closing {
		l.end(c)
	}
}

// write keeps what the socket does not take; wake sends it once there is room.
func (l *loop) write(c *conn, data []byte) {
	count, err := writeSocket(c.fd, data)
	if err != nil && err != unix.EAGAIN {
		l.close(c)
		return
	}
	c.unsent = append(c.unsent, data[count:]...)
}

// end closes our half only: closing with bytes unread would reset the connection and could take the answer along.
func (l *loop) end(c *conn) {
	if c.state == closed {
		return
	}
	c.state = ending
	if len(c.unsent) == 0 {
		_ = unix.Shutdown(c.fd, unix.SHUT_WR)
	}
}

func (l *loop) close(c *conn) {
	if c.state == closed {
		return
	}
	if c.state == waiting || c.state == ready {
		l.stats.requestEnded()
	}
	if c.place >= 0 {
		heap.Remove(&l.queue, c.place)
	}
	c.state = closed
	l.conns[c.fd] = nil
	_ = unix.Close(c.fd)
	l.stats.connectionClosed()
	if l.full {
		l.full = false
		l.accept(l.pages)
		if l.echoes >= 0 {
			l.accept(l.echoes)
		}
	}
}

func (l *loop) answerDue() {
	if len(l.queue) == 0 {
		return
	}
	for now := l.now(); len(l.queue) > 0 && l.queue[0].due <= now; {
		c := heap.Pop(&l.queue).(*conn)
		l.finish(c)
		l.proceed(c)
	}
}

// answerReady also serves what the same clients have sent behind the first request: a connection is in flight once.
func (l *loop) answerReady() {
	for _, c := range l.ready {
		for c.state == ready {
			l.finish(c)
			l.advance(c)
		}
	}
	l.ready = l.ready[:0]
}

// arm sets the timer to the earliest page, if it is not set to that already.
func (l *loop) arm() error {
	if len(l.queue) == 0 || l.queue[0].due == l.armed {
		return nil
	}
	l.armed = l.queue[0].due
	in := unix.NsecToTimespec(max(1, int64(l.armed-l.now())))
	if err := unix.TimerfdSettime(l.timer, 0, &unix.ItimerSpec{Value: in}, nil); err != nil {
		return fmt.Errorf("set the timer: %w", err)
	}
	return nil
}

func (l *loop) now() time.Duration { return time.Since(l.start) }

// A queue is a heap of connections, the one due first on top.
type queue []*conn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due < q[j].due }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

func (q *queue) Push(x any) {
	c := x.(*conn)
	c.place = len(*q)
	*q = append(*q, c)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	c.place = -1
	return c
}

// The three calls below are made raw: the runtime is not told of them. It would pass the thread's processor on to
// other goroutines, of which there are none, and that took a tenth of the server's time. A raw call that blocks is
// safe because the runtime interrupts it with a signal (EINTR) when it needs the thread, to collect garbage say.

func epollWait(epoll int, events []unix.EpollEvent) (int, error) {
	const forever = ^uintptr(0)
	count, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll),
		uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), forever, 0, 0)
	return result(count, errno)
}

func readSocket(fd int, into []byte) (int, error) {
	count, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)))
	return result(count, errno)
}

func writeSocket(fd int, data []byte) (int, error) {
	count, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)))
	return result(count, errno)
}

func result(count uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(count), nil
}
