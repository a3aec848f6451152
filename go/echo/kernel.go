// Package echo sends messages over a connection and receives them back; there is no concurrency in this file.
package echo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	URL         string // where the echo server is
	Connections int    // how many there are
	Messages    int    // how many go over each
	Size        int    // bytes of each
	TimeoutMs   int    // a connection that takes longer is an error
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		URL:         options.URL("url"),
		Connections: options.Natural("connections", 1, 10_000),
		Messages:    options.Natural("messages", 1, 1_000_000),
		Size:        options.Natural("size", 8, 65_536),
		TimeoutMs:   options.Natural("timeout-ms", 1, 600_000),
	}
}

// talk is what goes over one connection: messages of size bytes, each after the answer to the last.
type talk struct {
	address        string
	messages, size int
	timeout        time.Duration
}

// listTalks plans a talk for each connection; a worker takes one after another.
func listTalks(arguments Arguments) []talk {
	address, _, _ := strings.Cut(strings.TrimPrefix(arguments.URL, "http://"), "/")
	timeout := time.Duration(arguments.TimeoutMs) * time.Millisecond
	talks := make([]talk, arguments.Connections)
	for i := range talks {
		talks[i] = talk{address, arguments.Messages, arguments.Size, timeout}
	}
	return talks
}

// holdTalk does the units of one connection: it sends each message, and receives it; it returns the numbers that came
// back.
func holdTalk(talk talk) ([]int64, error) {
	until := time.Now().Add(talk.timeout)
	conn, err := net.DialTimeout("tcp", talk.address, talk.timeout) // has TCP_NODELAY, as all of Go's
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(until); err != nil {
		return nil, fmt.Errorf("set deadline: %w", err)
	}
	numbers := make([]int64, 0, talk.messages)
	message := make([]byte, talk.size)
	for number := range int64(talk.messages) {
		came, err := exchange(conn, message, number+1)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, came)
	}
	return numbers, nil
}

// exchange sends a message and receives it into the same bytes; it returns the number that came back.
func exchange(conn net.Conn, message []byte, number int64) (int64, error) {
	binary.LittleEndian.PutUint64(message, uint64(number))
	if _, err := conn.Write(message); err != nil {
		return 0, fmt.Errorf("send message %d: %w", number, err)
	}
	size, err := io.ReadFull(conn, message)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, fmt.Errorf("receive message %d: %w", number, err)
	}
	return readNumber(message[:size], number, len(message))
}

// readNumber reads the number of a message; it fails if that is not the one that was sent, or not all of it.
func readNumber(message []byte, number int64, size int) (int64, error) {
	if len(message) != size {
		return 0, fmt.Errorf("expected a message of %d bytes, got %d: is it an echo server?", size, len(message))
	}
	came := binary.LittleEndian.Uint64(message)
	if came != uint64(number) {
		return 0, fmt.Errorf("expected message %d, got %d: is it an echo server?", number, came)
	}
	return number, nil
}

// total adds up the numbers that came back.
func total(talks [][]int64) contract.Outcome {
	var outcome contract.Outcome
	for _, numbers := range talks {
		for _, number := range numbers {
			outcome.Result += number
		}
		outcome.Units += len(numbers)
	}
	return outcome
}
