// The Go runner: runs one model of one workload and prints one line of JSON (see README, "The contract").
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"sidebyside/contract"
	"sidebyside/fetch"
	"sidebyside/primes"
)

// implementations is the table of all there is; a new model is a new line.
var implementations = []implementation{
	{"fetch", "goroutines", bind(fetch.Goroutines)},
	{"fetch", "pool", bind(fetch.Pool)},
	{"fetch", "sequential", bind(fetch.Sequential)},
	{"primes", "goroutines", bind(primes.Goroutines)},
	{"primes", "pool", bind(primes.Pool)},
	{"primes", "sequential", bind(primes.Sequential)},
}

// implementation is one model of one workload.
type implementation struct {
	workload, model string
	bind            binder
}

// binder registers a workload's arguments and returns the run that will use them once they are parsed.
type binder func(flags *flag.FlagSet) run

// run does the work on so many workers.
type run func(workers int) (contract.Outcome, error)

// bind joins a model to the command line; A is the Arguments type of its workload.
func bind[A any, P interface {
	*A
	Register(flags *flag.FlagSet)
}](model func(arguments A, workers int) (contract.Outcome, error)) binder {
	return func(flags *flag.FlagSet) run {
		var arguments A
		P(&arguments).Register(flags)
		return func(workers int) (contract.Outcome, error) { return model(arguments, workers) }
	}
}

// report is the line on standard output.
type report struct {
	Workload  string             `json:"workload"`
	Model     string             `json:"model"`
	Workers   int                `json:"workers"`
	Result    int64              `json:"result"`
	Units     int                `json:"units"`
	ElapsedNs int64              `json:"elapsed_ns"`
	Metrics   map[string]float64 `json:"metrics"`
}

// usageError is a command line that cannot be understood; it exits with status 2.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, values ...any) error {
	return usageError{fmt.Sprintf(format, values...)}
}

func main() {
	err := perform(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
	}
	switch {
	case errors.As(err, &usageError{}):
		os.Exit(2)
	case err != nil:
		os.Exit(1)
	}
}

// perform does what the command line says.
func perform(words []string, out io.Writer) error {
	const usage = "usage: runner WORKLOAD MODEL [--workers N] [--ARGUMENT VALUE ...] | --list | --version"
	switch {
	case slices.Equal(words, []string{"--list"}):
		for _, each := range implementations {
			fmt.Fprintln(out, each.workload, each.model)
		}
		return nil
	case slices.Equal(words, []string{"--version"}):
		_, err := fmt.Fprintln(out, runtime.Version())
		return err
	case len(words) < 2 || strings.HasPrefix(words[0], "-"):
		return usagef("expected a workload and a model\n%s", usage)
	}
	chosen, err := find(words[0], words[1])
	if err != nil {
		return err
	}
	return chosen.execute(words[2:], out)
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
		return implementation{}, usagef("no workload '%s': expected one of %s", workload, valid)
	}
	return implementation{}, usagef("no model of %s '%s': expected one of %s", workload, model, strings.Join(models, ", "))
}

// execute parses the arguments, does the work, and prints the report.
func (i implementation) execute(words []string, out io.Writer) error {
	flags := flag.NewFlagSet(i.workload+" "+i.model, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error is returned, and printed once
	workers := 1
	contract.Natural(flags, &workers, "workers")
	run := i.bind(flags)
	if err := parse(flags, words); err != nil {
		return err
	}
	if workers == 0 {
		return usagef("%s: argument --workers: expected at least 1, got 0", flags.Name())
	}
	if i.model == "sequential" && workers != 1 {
		return usagef("%s: argument --workers: expected 1, got %d", flags.Name(), workers)
	}

	begin := time.Now()
	outcome, err := run(workers)
	elapsed := time.Since(begin)
	if err != nil {
		return err
	}
	if outcome.Metrics == nil {
		outcome.Metrics = map[string]float64{}
	}
	return json.NewEncoder(out).Encode(report{
		i.workload, i.model, workers, outcome.Result, outcome.Units, elapsed.Nanoseconds(), outcome.Metrics,
	})
}

// parse reads the words; every argument but --workers must be given.
func parse(flags *flag.FlagSet, words []string) error {
	if err := flags.Parse(words); err != nil {
		return usagef("%s: %v", flags.Name(), err)
	}
	if flags.NArg() > 0 {
		return usagef("%s: expected --ARGUMENT VALUE, got '%s'", flags.Name(), flags.Arg(0))
	}
	given := map[string]bool{"workers": true}
	flags.Visit(func(each *flag.Flag) { given[each.Name] = true })
	var missing []string
	flags.VisitAll(func(each *flag.Flag) {
		if !given[each.Name] {
			missing = append(missing, "--"+each.Name)
		}
	})
	if missing != nil {
		return usagef("%s: the following arguments are required: %s", flags.Name(), strings.Join(missing, ", "))
	}
	return nil
}
