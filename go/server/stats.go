// What the server counts about itself, so that the harness can tell whether it was the thing measured.

package main

import (
	"encoding/json"
	"syscall"
)

// stats has no lock: the event loop is a single thread, and the portable server guards it with its own.
type stats struct {
	Requests        int64 `json:"requests"`
	InFlight        int64 `json:"in_flight"`
	InFlightPeak    int64 `json:"in_flight_peak"`
	Connections     int64 `json:"connections"`
	ConnectionsPeak int64 `json:"connections_peak"`
	EchoedBytes     int64 `json:"echoed_bytes"`
	CPUNs           int64 `json:"cpu_ns"`
}

// requestBegan counts a page request as soon as its head has been read; requestEnded, just before its answer is
// written (a client that has it may ask again at once) or when its client has gone. So a peak is never higher than
// what the clients had in flight; it is lower as far as requests arrived while others were being answered.
func (s *stats) requestBegan() {
	s.Requests++
	s.InFlight++
	s.InFlightPeak = max(s.InFlightPeak, s.InFlight)
}

func (s *stats) requestEnded() { s.InFlight-- }

func (s *stats) connectionOpened() {
	s.Connections++
	s.ConnectionsPeak = max(s.ConnectionsPeak, s.Connections)
}

func (s *stats) connectionClosed() { s.Connections-- }

func (s *stats) reset() {
	s.Requests, s.InFlightPeak, s.ConnectionsPeak, s.EchoedBytes = 0, s.InFlight, s.Connections, 0
}

func (s *stats) json() []byte {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err == nil {
		s.CPUNs = usage.Utime.Nano() + usage.Stime.Nano()
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // seven integers always encode
	}
	return append(text, '\n')
}
