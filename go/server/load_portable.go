//go:build !linux || portable

// The load everywhere else (and on Linux with -tags portable): goroutines, as late as the runtime's timers are.

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

type generator struct {
	load
	outcome
	conns  []*net.TCPConn
	handed []chan int // requests, by connection: one that takes nothing more does not keep the others waiting
	start  time.Time
}

// drive sends all requests and reads the answers.
func drive(wanted load, conns []*net.TCPConn, seen outcome) error {
	g := &generator{load: wanted, outcome: seen, conns: conns, handed: make([]chan int, len(conns)), start: time.Now()}
	group, failed := errgroup.WithContext(context.Background())
	defer context.AfterFunc(failed, func() { // which ends all that is blocked
		for _, conn := range conns {
			_ = conn.Close()
		}
	})()
	for number := range conns {
		g.handed[number] = make(chan int, wanted.requests()/len(conns)+1)
		group.Go(func() error { return g.send(number) })
		group.Go(func() error { return g.receive(number) })
	}
	group.Go(func() error {
		g.pace(failed)
		return nil
	})
	return group.Wait()
}

func (g *generator) pace(failed context.Context) {
	for i := 0; i < g.requests() && failed.Err() == nil; i++ {
		time.Sleep(g.due(i) - time.Since(g.start))
		g.late[i] = time.Since(g.start) - g.due(i)
		g.handed[i%g.connections] <- i
	}
	for number, conn := range g.conns {
		close(g.handed[number])
		_ = conn.SetDeadline(time.Now().Add(answerPatience)) // fails where it is closed already
	}
}

func (g *generator) send(number int) error {
	message := make([]byte, messageSize)
	for i := range g.handed[number] {
		writeMessage(message, i)
		_, err := g.conns[number].Write(message)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
			return nil // nobody waits for the answer any more
		}
		if err != nil {
			return brokenOff(i, err)
		}
	}
	return nil
}

func (g *generator) receive(number int) error {
	conn := g.conns[number]
	defer conn.Close()
	from := bufio.NewReader(conn)
	expected, got := make([]byte, messageSize), make([]byte, messageSize)
	for i := number; i < g.requests(); i += g.connections {
		_, err := io.ReadFull(from, got)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			return brokenOff(i, err)
		}
		now := time.Since(g.start)
		if writeMessage(expected, i); !bytes.Equal(got, expected) {
			return wrongAnswer(i)
		}
		g.latency[i] = now - g.due(i)
	}
	_ = conn.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(endPatience))
	_, _ = io.Copy(io.Discard, from)
	return nil
}
