// Package sleep waits, and reads what all that waits has in memory; there is no concurrency in this file.
package sleep

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	Tasks   int // how many wait at once
	DelayMs int // for so long
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Tasks:   options.Natural("tasks", 1, 1_000_000),
		DelayMs: options.Natural("delay-ms", 1, 600_000),
	}
}

// delay is how long each task waits.
func (a Arguments) delay() time.Duration { return time.Duration(a.DelayMs) * time.Millisecond }

// checkWorkers returns an error unless there is a worker for every task: they wait at once.
func checkWorkers(tasks, workers int) error {
	if workers != tasks {
		return fmt.Errorf("argument --workers: expected %d, one for each task, got %d", tasks, workers)
	}
	return nil
}

// wait does one unit: it waits for delay, and returns when that was over, counted from begin.
func wait(delay time.Duration, begin time.Time) time.Duration {
	time.Sleep(delay)
	return time.Since(begin)
}

// memory is what a program has of the machine's.
type memory struct {
	pssBytes      int // in memory: its proportional set size; pages that several programs share are shared out
	reservedBytes int // its address space: what it may use, whether it is in memory or not
}

// readMemory reads what the program has; an error where the system does not tell (Linux's /proc does).
func readMemory() (memory, error) {
	pages, err := readNumber("/proc/self/statm", `^(\d+)`)
	if err != nil {
		return memory{}, err
	}
	pssKiB, err := readNumber("/proc/self/smaps_rollup", `(?m)^Pss: +(\d+) kB`)
	return memory{pssKiB * 1024, pages * os.Getpagesize()}, err
}

// readNumber reads what the group of pattern matches in a file.
func readNumber(path, pattern string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err // it says what was attempted
	}
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("read %s: expected '%s', got none", path, pattern)
	}
	return strconv.Atoi(string(found[1]))
}

// total counts the units; an error if not all of them were waiting when memory was read.
func total(ends []time.Duration, delay, read time.Duration, idle, waiting memory) (contract.Outcome, error) {
	begun, ended := slices.Max(ends)-delay <= read, slices.Min(ends) < read
	if ended || !begun {
		return contract.Outcome{}, fmt.Errorf(
			"expected all %d tasks to wait at once, they did not: raise --delay-ms above %d", len(ends), delay.Milliseconds())
	}
	return contract.Outcome{
		Result: int64(len(ends)),
		Units:  len(ends),
		Metrics: map[string]any{
			"pss_idle_bytes":    idle.pssBytes,
			"pss_waiting_bytes": waiting.pssBytes,
			"reserved_bytes":    waiting.reservedBytes - idle.reservedBytes,
		},
	}, nil
}
