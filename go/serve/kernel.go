// Package serve accepts connections and answers on one; there is no concurrency in this file.
package serve

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"sidebyside/contract"
)

const (
	messageBytes = 64
	patienceS    = 10 // for all clients to connect
)

// Arguments of the workload.
type Arguments struct {
	Port       int // where to listen, on the loopback interface
	Rate       int // requests per second that will come
	DurationMs int // for so long
	Burners    int // how many compute beside
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Port:       options.Natural("port", 1, 65_535),
		Rate:       options.Natural("rate", 1, 1_000_000),
		DurationMs: options.Natural("duration-ms", 1, 600_000),
		Burners:    options.Natural("burners", 0, 1_000),
	}
}

// accept accepts a connection for every worker; fewer than that are an error, and closed.
// Go itself sets SO_REUSEADDR on who listens, and TCP_NODELAY on every connection.
func accept(port, workers int) (connections []net.Conn, err error) {
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return nil, err // it says what was attempted
	}
	defer listener.Close()
	if err := listener.SetDeadline(time.Now().Add(patienceS * time.Second)); err != nil {
		return nil, err
	}
	for len(connections) < workers {
		connection, err := listener.Accept()
		if err != nil {
			closeAll(connections)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = fmt.Errorf("expected %d connections to port %d within %d s, got %d",
					workers, port, patienceS, len(connections))
			}
			return nil, err
		}
		connections = append(connections, connection)
	}
	return connections, nil
}

func closeAll(connections []net.Conn) {
	for _, connection := range connections {
		connection.Close()
	}
}

// serve does the units of one worker: it sends every message back until the client has no more; it returns how many.
func serve(connection net.Conn) (answered int, err error) {
	defer connection.Close()
	message := make([]byte, messageBytes)
	for {
		more, err := receive(connection, message)
		if err != nil || !more {
			return answered, err
		}
		if _, err := connection.Write(message); err != nil {
			return answered, fmt.Errorf("send an answer: %w", err)
		}
		answered++
	}
}

// receive tells whether a message has come; one that was cut short is an error.
func receive(connection net.Conn, message []byte) (more bool, err error) {
	received, err := io.ReadFull(connection, message)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return false, fmt.Errorf("expected a message of %d bytes, got %d", messageBytes, received)
	case errors.Is(err, io.EOF): // the client has no more
		return false, nil
	case err != nil:
		return false, fmt.Errorf("receive a message: %w", err)
	}
	return true, nil
}

// total adds up the messages that were answered, and what was burned beside them.
func total(answered, burned []int) contract.Outcome {
	messages, burnedUnits := 0, 0
	for _, units := range answered {
		messages += units
	}
	for _, units := range burned {
		burnedUnits += units
	}
	return contract.Outcome{
		Result:  int64(messages),
		Units:   messages,
		Metrics: map[string]any{"burned_units": burnedUnits},
	}
}
