// The generator, too, is a process of its own; the echo servers are here. tests/test_load_generator.py has more.

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// echo serves connections until the test is over, each as it is told.
func echo(t *testing.T, serve func(*net.TCPConn)) string {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(t, err)
	over := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-over
	})
	go func() {
		defer close(over)
		for {
			c, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			go func() { // ends with the generator, which has ended before the test
				defer c.Close()
				greeting := make([]byte, messageSize) // what comes first, on every connection
				_, _ = io.ReadFull(c, greeting)
				_, _ = c.Write(greeting)
				serve(c)
			}()
		}
	}()
	return listener.Addr().String()
}

// runLoad returns what a generator wrote on standard output and on standard error.
func runLoad(t *testing.T, arguments ...string) (stdout, stderr string) {
	t.Helper()
	cmd := command(os.Args[0], append([]string{"load"}, arguments...)...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	stdin, err := cmd.StdinPipe()
	check(t, err)
	defer stdin.Close()
	_ = cmd.Run() // how it ended shows in what it wrote
	return out.String(), complaints.String()
}

func TestLoadIsAnsweredOnAllConnections(t *testing.T) {
	address := echo(t, func(c *net.TCPConn) { _, _ = io.Copy(c, c) })
	for _, connections := range []int{1, 3, 400} {
		stdout, stderr := runLoad(t, "--address", address, "--rate=1000", "--duration-ms=300",
			fmt.Sprint("--connections=", connections))
		var got struct {
			Answered, Missed int
			SentPerS         float64 `json:"sent_per_s"`
			Latency          []int64 `json:"latency_ns"`
			Late             []int64 `json:"sent_late_ns"`
		}
		check(t, json.Unmarshal([]byte(stdout), &got))
		expect(t, "stderr", stderr, "")
		expect(t, "answered", got.Answered, 300)
		expect(t, "missed", got.Missed, 0)
		expect(t, "latencies", len(got.Latency), 300)
		expect(t, "lateness", len(got.Late), 300)
		expect(t, "not faster than asked", got.SentPerS <= 1000, true)
		for i, latency := range got.Latency {
			expect(t, "answered after it was sent", latency > got.Late[i], true)
		}
	}
}

func TestLoadFailsWhereAnAnswerIsNone(t *testing.T) {
	for want, serve := range map[string]func(*net.TCPConn){
		"expected the answer to request 0, got the end of its connection": func(*net.TCPConn) {},
		"expected the message of request 0 back, got other bytes": func(c *net.TCPConn) {
			_, _ = c.Write(make([]byte, messageSize))
			_, _ = io.Copy(io.Discard, c)
		},
	} {
		stdout, stderr := runLoad(t, "--address", echo(t, serve), "--rate=10", "--duration-ms=100", "--connections=1")
		expect(t, "stdout", stdout, "")
		if !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("expected one line, %q, got %q", want, stderr)
		}
	}
}

func TestOutcomeLeavesOutWhatIsMissed(t *testing.T) {
	var out bytes.Buffer
	seen := outcome{[]time.Duration{5, 0, 7}, []time.Duration{0, 1, time.Second}}
	check(t, seen.write(&out, load{rate: 1, durationMs: 3000}))
	expect(t, "line", out.String(),
		`{"answered":2,"missed":1,"sent_per_s":0.750,"latency_ns":[5,7],"sent_late_ns":[0,1,1000000000]}`+"\n")
}

func TestMessagesDiffer(t *testing.T) {
	var one, other [messageSize]byte
	writeMessage(one[:], 1)
	writeMessage(other[:], 256)
	expect(t, "first bytes", string(one[:8]), "\x01\x00\x00\x00\x00\x00\x00\x00")
	expect(t, "first bytes", string(other[:8]), "\x00\x01\x00\x00\x00\x00\x00\x00")
}
