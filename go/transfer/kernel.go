// Package transfer hands a payload to a worker and gets it back; there is no concurrency in this file.
package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"syscall"
	"time"

	"sidebyside/contract"
)

const (
	drawn = 8_192 // numbers, which a larger payload repeats: to draw them is not what is measured
	kept  = 6     // bytes of the digest that are used: a result has to stay below 2^53
)

// copies is how much the program needs at most, in sizes.
var copies = map[string]int{"bytes": 3, "list": 4, "dict": 12}

// Arguments of the workload.
type Arguments struct {
	Size   int    // bytes of the payload
	Shape  string // what it is made of
	Rounds int    // how often it goes there and back
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Size:   options.Natural("size", 1, 134_217_728),
		Shape:  options.Choice("shape", "bytes", "list", "dict"),
		Rounds: options.Natural("rounds", 1, 1_000_000),
	}
}

// payload is what is handed over: a reference, whatever it is made of.
type payload interface {
	// change does what a worker does in a round: it adds one to an element, each in its turn.
	change(number int)
	// write writes the payload as bytes.
	write() []byte
}

type (
	octets  []byte
	numbers []int64
	table   map[int64]int64
)

func (o octets) change(number int)  { o[number%len(o)]++ }
func (n numbers) change(number int) { n[number%len(n)]++ }
func (t table) change(number int)   { t[int64(number%len(t))]++ }

func (o octets) write() []byte { return o }

func (n numbers) write() []byte {
	written := make([]byte, 0, 8*len(n))
	for _, number := range n {
		written = binary.LittleEndian.AppendUint64(written, uint64(number))
	}
	return written
}

// write writes the values in the order of their keys.
func (t table) write() []byte {
	written := make([]byte, 0, 8*len(t))
	for key := range int64(len(t)) {
		written = binary.LittleEndian.AppendUint64(written, uint64(t[key]))
	}
	return written
}

// require returns an error for more than one worker.
func require(workers int) error {
	if workers != 1 {
		return fmt.Errorf("argument --workers: expected 1, got %d", workers)
	}
	return nil
}

// draw draws numbers below 2^53 from SplitMix64.
func draw(count int) numbers {
	drawn := make(numbers, count)
	state := uint64(42)
	for i := range drawn {
		state += 0x9E3779B97F4A7C15
		mixed := (state ^ state>>30) * 0xBF58476D1CE4E5B9
		mixed = (mixed ^ mixed>>27) * 0x94D049BB133111EB
		drawn[i] = int64((mixed ^ mixed>>31) >> 11)
	}
	return drawn
}

// fill makes a payload of bytes: the numbers, 8 bytes each.
func fill(size int) octets {
	filled := make(octets, size)
	block := draw(drawn).write()
	for begin := 0; begin < size; begin += len(block) {
		copy(filled[begin:], block)
	}
	return filled
}

// makePayload makes a payload; in a list or a dict a number counts as 8 bytes, and there is at least one.
func makePayload(size int, shape string) (payload, error) {
	if err := reserve(copies[shape] * size); err != nil {
		return nil, err
	}
	if shape == "bytes" {
		return fill(size), nil
	}
	list := make(numbers, max(size/8, 1))
	filled := fill(8 * len(list))
	for i := range list {
		list[i] = int64(binary.LittleEndian.Uint64(filled[8*i:]))
	}
	if shape == "list" {
		return list, nil
	}
	dict := make(table, len(list))
	for i, number := range list {
		dict[int64(i)] = number
	}
	return dict, nil
}

// reserve asks for so much memory and gives it back untouched: where there is none, Go would end the program itself.
func reserve(needed int) error {
	memory, err := syscall.Mmap(-1, 0, needed, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return fmt.Errorf("expected %d bytes of memory, got fewer: lower --size: %w", needed, err)
	}
	return syscall.Munmap(memory)
}

// total hashes what came back at last; a round is a unit.
func total(payload payload, first time.Duration, trips []time.Duration) contract.Outcome {
	digest := sha256.Sum256(payload.write())
	return contract.Outcome{
		Result: int64(binary.LittleEndian.Uint64(digest[:8]) & (1<<(8*kept) - 1)),
		Units:  len(trips),
		// Durations are in nanoseconds.
		Metrics: map[string]any{"first_ns": first, "round_trip_ns": trips},
	}
}
