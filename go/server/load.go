// "server load" is the other end: an open-loop load generator for a TCP echo server of messages of 64 bytes. It sends
// each request when it is due, whatever has been answered, and counts its latency from then: a server that stalls is
// seen by all the requests that it keeps waiting, not only by the one that it had read.

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

const (
	messageSize = 64
	maxRequests = 10_000_000 // each takes 16 bytes of memory until the end

	answerPatience = 10 * time.Second // after the last request, for its answer; what comes later is missed
	greetPatience  = 10 * time.Second // for a connection to be served
	endPatience    = 10 * time.Second // for the server to end what we have ended; no figure depends on it
	connectPause   = 5 * time.Millisecond
)

// A load is what is asked for.
type load struct {
	address     netip.AddrPort
	rate        int // requests per second, over all connections
	durationMs  int
	connections int
	patience    time.Duration // for the server to listen
}

func (l load) requests() int { return l.rate * l.durationMs / 1000 }

// due is when request i is to be sent, from the start; it goes out on connection i mod connections.
func (l load) due(i int) time.Duration { return time.Duration(i) * time.Second / time.Duration(l.rate) }

// An outcome is what was seen, by request, in nanoseconds; each slot is written once.
type outcome struct {
	latency []time.Duration // from when it was due to when its whole answer had been read; 0 if that never came
	late    []time.Duration // from when it was due to when it was handed to its connection
}

// generate is the program "server load".
func generate(arguments []string) {
	wanted, err := parseLoad(arguments)
	if err != nil {
		fail(2, err)
	}
	go func() { // as endWithParent, but what is not finished has failed
		_, _ = io.Copy(io.Discard, os.Stdin)
		fail(1, errors.New("standard input was closed before the end: keep it open for as long as the load is wanted"))
	}()
	debug.SetGCPercent(-1) // next to nothing is allocated once it runs, and a collection would delay requests
	seen := outcome{make([]time.Duration, wanted.requests()), make([]time.Duration, wanted.requests())}
	conns, err := connect(wanted)
	if err == nil {
		err = greet(conns)
	}
	if err == nil {
		err = drive(wanted, conns, seen)
	}
	if err == nil {
		err = seen.write(os.Stdout, wanted)
	}
	if err != nil {
		fail(1, err)
	}
}

func parseLoad(arguments []string) (load, error) {
	flags := flag.NewFlagSet("server load", flag.ExitOnError)
	address := flags.String("address", "", "loopback `host:port` where the echo server listens, now or soon")
	rate := flags.Int("rate", 0, "requests per second, over all connections")
	durationMs := flags.Int("duration-ms", 0, "how long to send them, in milliseconds")
	connections := flags.Int("connections", 0, "over how many connections, in turn")
	patienceMs := flags.Int("patience-ms", 20_000, "how long to wait for the server to listen, in milliseconds")
	_ = flags.Parse(arguments) // ends the program where it fails
	if flags.NArg() > 0 {
		return load{}, fmt.Errorf("expected flags only, got %q: see load --help", flags.Arg(0))
	}
	parsed, err := netip.ParseAddrPort(*address)
	if err != nil || !parsed.Addr().IsLoopback() || parsed.Port() == 0 {
		return load{}, fmt.Errorf("expected a server's loopback address and port, got %q: use --address 127.0.0.1:PORT", *address)
	}
	wanted := load{parsed, *rate, *durationMs, *connections, time.Duration(*patienceMs) * time.Millisecond}
	err = cmp.Or(
		between("rate", *rate, 1_000_000),
		between("duration-ms", *durationMs, 600_000),
		between("connections", *connections, 10_000),
		between("patience-ms", *patienceMs, 600_000),
	)
	if requests := wanted.requests(); err == nil && (requests < 1 || requests > maxRequests) {
		err = fmt.Errorf("expected from 1 to %d requests, got %d: change --rate or --duration-ms", maxRequests, requests)
	}
	return wanted, err
}

func between(name string, value, most int) error {
	if value < 1 || value > most {
		return fmt.Errorf("expected from 1 to %d, got %d: change --%s", most, value, name)
	}
	return nil
}

// connect opens all connections, and waits for the server to listen, which has been started at about the same time.
func connect(wanted load) ([]*net.TCPConn, error) {
	dialer := net.Dialer{Deadline: time.Now().Add(wanted.patience)}
	conns := make([]*net.TCPConn, 0, wanted.connections)
	var refusal error
	for len(conns) < wanted.connections {
		conn, err := dialer.Dial("tcp", wanted.address.String())
		switch {
		case err == nil:
			conns = append(conns, conn.(*net.TCPConn)) // has TCP_NODELAY, as all of Go's
		case !time.Now().Before(dialer.Deadline):
			return nil, fmt.Errorf("expected a server on %s within %d ms, got none: %w",
				wanted.address, wanted.patience.Milliseconds(), cmp.Or(refusal, err))
		case errors.Is(err, syscall.ECONNREFUSED):
			refusal = err
			time.Sleep(connectPause)
		default:
			return nil, fmt.Errorf("make connection %d of %d: %w", len(conns)+1, wanted.connections, err)
		}
	}
	return conns, nil
}

// greet has one message sent back on each connection before the clock starts: a connection may be there long before
// whoever answers on it is, and that would be latency of the first requests.
func greet(conns []*net.TCPConn) error {
	greeting, answer := make([]byte, messageSize), make([]byte, messageSize)
	for number, conn := range conns {
		writeMessage(greeting, number)
		err := conn.SetDeadline(time.Now().Add(greetPatience))
		if err == nil {
			_, err = conn.Write(greeting)
		}
		if err == nil {
			_, err = io.ReadFull(conn, answer)
		}
		if err != nil {
			return fmt.Errorf("expected the greeting back on connection %d of %d: %w", number+1, len(conns), err)
		}
		if !bytes.Equal(greeting, answer) {
			return fmt.Errorf("expected the greeting back on connection %d of %d, got other bytes: "+
				"an echo returns what it gets, in order", number+1, len(conns))
		}
		_ = conn.SetDeadline(time.Time{}) // fails where it is closed, which what comes next tells
	}
	return nil
}

// writeMessage writes the message of request i, which no other request shares.
func writeMessage(into []byte, i int) {
	for at := 8; at < messageSize; at++ {
		into[at] = byte(at)
	}
	binary.LittleEndian.PutUint64(into, uint64(i))
}

func brokenOff(i int, err error) error {
	return fmt.Errorf("expected the answer to request %d, got the end of its connection: %w", i, err)
}

func wrongAnswer(i int) error {
	return fmt.Errorf("expected the message of request %d back, got other bytes: an echo returns what it gets, in order", i)
}

// write tells the outcome as one line of JSON.
func (o outcome) write(to io.Writer, wanted load) error {
	out := bufio.NewWriterSize(to, 1<<16)
	answered := 0
	for _, latency := range o.latency {
		if latency > 0 {
			answered++
		}
	}
	fmt.Fprintf(out, `{"answered":%d,"missed":%d,"sent_per_s":%.3f,"latency_ns":`,
		answered, len(o.latency)-answered, o.sentPerSecond(wanted))
	writeArray(out, o.latency, 1)
	out.WriteString(`,"sent_late_ns":`)
	writeArray(out, o.late, 0)
	out.WriteString("}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	return nil
}

// sentPerSecond is the rate that was asked for if the last request was handed over when it was due.
func (o outcome) sentPerSecond(wanted load) float64 {
	last := len(o.late) - 1
	return float64(last+1) / (wanted.due(last+1) + o.late[last]).Seconds()
}

// writeArray leaves out what is below least.
func writeArray(out *bufio.Writer, values []time.Duration, least time.Duration) {
	separator := byte('[')
	for _, value := range values {
		if value < least {
			continue
		}
		out.WriteByte(separator)
		out.Write(strconv.AppendInt(out.AvailableBuffer(), int64(value), 10))
		separator = ','
	}
	if separator == '[' {
		out.WriteByte('[')
	}
	out.WriteByte(']')
}
