// Package hash hashes buffers with SHA-256; there is no concurrency in this file.
package hash

import (
	"crypto/sha256"
	"encoding/binary"

	"sidebyside/contract"
)

// kept is how many bytes of each digest are used: a result has to stay below 2^53.
const kept = 6

// Arguments of the workload.
type Arguments struct {
	Count int // how many buffers
	Size  int // bytes of each
	Units int // cut into so many units
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Count: options.Natural("count", 0, 100_000_000),
		Size:  options.Natural("size", 1, 100_000_000),
		Units: options.Natural("units", 1, 1_000_000),
	}
}

// span is a unit: the buffers from first up to, not including, end, of size bytes each.
type span struct{ first, end, size int }

// split cuts count buffers into units spans of equal length.
func split(count, size, units int) []span {
	spans := make([]span, units)
	for i := range spans {
		spans[i] = span{count * i / units, count * (i + 1) / units, size}
	}
	return spans
}

// fill writes number into buffer, over and over, as 8 bytes.
func fill(buffer []byte, number int) {
	binary.LittleEndian.PutUint64(buffer, uint64(number))
	for filled := 8; filled < len(buffer); filled *= 2 {
		copy(buffer[filled:], buffer[:filled])
	}
}

// hashBuffers does one unit: it fills a buffer with its number, hashes it, and goes on with the next.
func hashBuffers(numbers span) int64 {
	var found uint64
	buffer := make([]byte, numbers.size/8*8+8)
	for number := numbers.first; number < numbers.end; number++ {
		fill(buffer, number)
		digest := sha256.Sum256(buffer[:numbers.size])
		found ^= binary.LittleEndian.Uint64(digest[:8]) & (1<<(8*kept) - 1)
	}
	return int64(found)
}

// total joins what the units gave; a slot that is still nil was not done.
func total(found []*int64) contract.Outcome {
	var outcome contract.Outcome
	for _, each := range found {
		if each != nil {
			outcome.Result ^= *each
			outcome.Units++
		}
	}
	return outcome
}
