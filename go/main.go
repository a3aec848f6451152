// The Go runner: runs one model of one workload and prints one line of JSON (see README, "The contract").
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"sidebyside/channel"
	"sidebyside/contract"
	"sidebyside/counter"
	"sidebyside/crawl"
	"sidebyside/echo"
	"sidebyside/fetch"
	"sidebyside/files"
	"sidebyside/hash"
	"sidebyside/heartbeat"
	"sidebyside/mandelbrot"
	"sidebyside/matmul"
	"sidebyside/nqueens"
	"sidebyside/primes"
	"sidebyside/query"
	"sidebyside/ring"
	"sidebyside/serve"
	"sidebyside/sleep"
	"sidebyside/spawn"
	"sidebyside/timeline"
	"sidebyside/transfer"
	"sidebyside/wordcount"
)

// implementations is the table of all there is; a new model is a new line.
var implementations = []implementation{
	{"channel", "goroutines", bind(channel.ReadArguments, channel.Goroutines)},
	{"channel", "sequential", bind(channel.ReadArguments, channel.Sequential)},
	{"counter", "goroutines", bind(counter.ReadArguments, counter.Goroutines)},
	{"counter", "sequential", bind(counter.ReadArguments, counter.Sequential)},
	{"crawl", "goroutines", bind(crawl.ReadArguments, crawl.Goroutines)},
	{"crawl", "pool", bind(crawl.ReadArguments, crawl.Pool)},
	{"crawl", "sequential", bind(crawl.ReadArguments, crawl.Sequential)},
	{"echo", "goroutines", bind(echo.ReadArguments, echo.Goroutines)},
	{"echo", "sequential", bind(echo.ReadArguments, echo.Sequential)},
	{"fetch", "goroutines", bind(fetch.ReadArguments, fetch.Goroutines)},
	{"fetch", "pool", bind(fetch.ReadArguments, fetch.Pool)},
	{"fetch", "sequential", bind(fetch.ReadArguments, fetch.Sequential)},
	{"files", "goroutines", bind(files.ReadArguments, files.Goroutines)},
	{"files", "pool", bind(files.ReadArguments, files.Pool)},
	{"files", "sequential", bind(files.ReadArguments, files.Sequential)},
	{"hash", "goroutines", bind(hash.ReadArguments, hash.Goroutines)},
	{"hash", "pool", bind(hash.ReadArguments, hash.Pool)},
	{"hash", "sequential", bind(hash.ReadArguments, hash.Sequential)},
	{"heartbeat", "goroutines", bind(heartbeat.ReadArguments, heartbeat.Goroutines)},
	{"mandelbrot", "goroutines", bind(mandelbrot.ReadArguments, mandelbrot.Goroutines)},
	{"mandelbrot", "pool", bind(mandelbrot.ReadArguments, mandelbrot.Pool)},
	{"mandelbrot", "sequential", bind(mandelbrot.ReadArguments, mandelbrot.Sequential)},
	{"matmul", "goroutines", bind(matmul.ReadArguments, matmul.Goroutines)},
	{"matmul", "pool", bind(matmul.ReadArguments, matmul.Pool)},
	{"matmul", "sequential", bind(matmul.ReadArguments, matmul.Sequential)},
	{"nqueens", "goroutines", bind(nqueens.ReadArguments, nqueens.Goroutines)},
	{"nqueens", "pool", bind(nqueens.ReadArguments, nqueens.Pool)},
	{"nqueens", "sequential", bind(nqueens.ReadArguments, nqueens.Sequential)},
	{"primes", "goroutines", bind(primes.ReadArguments, primes.Goroutines)},
	{"primes", "pool", bind(primes.ReadArguments, primes.Pool)},
	{"primes", "sequential", bind(primes.ReadArguments, primes.Sequential)},
	{"query", "goroutines", bind(query.ReadArguments, query.Goroutines)},
	{"query", "pool", bind(query.ReadArguments, query.Pool)},
	{"query", "sequential", bind(query.ReadArguments, query.Sequential)},
	{"ring", "goroutines", bind(ring.ReadArguments, ring.Goroutines)},
	{"ring", "sequential", bind(ring.ReadArguments, ring.Sequential)},
	{"serve", "goroutines", bind(serve.ReadArguments, serve.Goroutines)},
	{"sleep", "goroutines", bind(sleep.ReadArguments, sleep.Goroutines)},
	{"spawn", "goroutines", bind(spawn.ReadArguments, spawn.Goroutines)},
	{"spawn", "sequential", bind(spawn.ReadArguments, spawn.Sequential)},
	{"timeline", "goroutines", bind(timeline.ReadArguments, timeline.Goroutines)},
	{"transfer", "goroutines", bind(transfer.ReadArguments, transfer.Goroutines)},
	{"transfer", "sequential", bind(transfer.ReadArguments, transfer.Sequential)},
	{"wordcount", "goroutines", bind(wordcount.ReadArguments, wordcount.Goroutines)},
	{"wordcount", "pool", bind(wordcount.ReadArguments, wordcount.Pool)},
	{"wordcount", "sequential", bind(wordcount.ReadArguments, wordcount.Sequential)},
}

// implementation is one model of one workload.
type implementation struct {
	workload, model string
	bind            binder
}

// binder takes a workload's arguments, and returns the run that uses them.
type binder func(options *contract.Options) run

// run does the work on so many workers.
type run func(workers int) (contract.Outcome, error)

// bind joins a model to the command line; A is the Arguments type of its workload.
func bind[A any](
	readArguments func(options *contract.Options) A,
	model func(arguments A, workers int) (contract.Outcome, error),
) binder {
	return func(options *contract.Options) run {
		arguments := readArguments(options)
		return func(workers int) (contract.Outcome, error) { return model(arguments, workers) }
	}
}

// report is the line on standard output.
type report struct {
	Workload  string         `json:"workload"`
	Model     string         `json:"model"`
	Workers   int            `json:"workers"`
	Result    int64          `json:"result"`
	Units     int            `json:"units"`
	ElapsedNs int64          `json:"elapsed_ns"`
	Metrics   map[string]any `json:"metrics"`
}

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed standard output is an error like any other
	text, err := perform(os.Args[1:])
	if err == nil {
		err = write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "runner:", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	switch {
	case errors.As(err, &contract.UsageError{}):
		os.Exit(2)
	case err != nil:
		os.Exit(1)
	}
}

// perform does what the command line says, and returns what goes to standard output.
func perform(words []string) (string, error) {
	const usage = "runner WORKLOAD MODEL [--workers N] [--ARGUMENT VALUE ...] | --list | --version"
	switch {
	case slices.Equal(words, []string{"--list"}):
		var list strings.Builder
		for _, each := range implementations {
			fmt.Fprintln(&list, each.workload, each.model)
		}
		return list.String(), nil
	case slices.Equal(words, []string{"--version"}):
		return runtime.Version() + "\n", nil
	case len(words) < 2 || strings.HasPrefix(words[0], "-"):
		return "", contract.Usagef("expected a workload and a model; usage: %s", usage)
	}
	chosen, err := find(words[0], words[1])
	if err != nil {
		return "", err
	}
	return chosen.execute(words[2:])
}

// write writes on standard output.
func write(text string) error {
	_, err := os.Stdout.WriteString(text)
	var failed *os.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("cannot write to standard output: %w", failed.Err)
	}
	return err
}

// find looks a workload and a model up; its error lists the valid names.
func find(workload, model string) (implementation, error) {
	var workloads, models []string
	for _, each := range implementations {
		if each.workload == workload && each.model == model {
			return each, nil
		}
		if each.workload == workload {
			models = append(models, each.model)
		}
		workloads = append(workloads, each.workload)
	}
	if models == nil {
		valid := strings.Join(slices.Compact(workloads), ", ")
		return implementation{}, contract.Usagef("no workload '%s': expected one of %s", workload, valid)
	}
	return implementation{}, contract.Usagef("no model of %s '%s': expected one of %s", workload, model, strings.Join(models, ", "))
}

// execute parses the arguments, does the work, and returns the report.
func (i implementation) execute(words []string) (string, error) {
	options, err := contract.NewOptions(i.workload+" "+i.model, words)
	if err != nil {
		return "", err
	}
	workers := options.Natural("workers", 1, 1_000_000)
	run := i.bind(options)
	if err := options.Finish(); err != nil {
		return "", err
	}
	if i.model == "sequential" && workers != 1 {
		return "", options.Failf("argument --workers: expected 1, got %d", workers)
	}

	begin := time.Now()
	outcome, err := run(workers)
	elapsed := time.Since(begin)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", i.workload, i.model, err)
	}
	if outcome.Metrics == nil {
		outcome.Metrics = map[string]any{}
	}
	line, err := json.Marshal(report{
		i.workload, i.model, workers, outcome.Result, outcome.Units, elapsed.Nanoseconds(), outcome.Metrics,
	})
	return string(line) + "\n", err
}
