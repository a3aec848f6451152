// Package fetch gets pages over HTTP, each checked and timed; there is no concurrency in this file.
package fetch

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	URL       string // where the load server is
	Requests  int    // how many pages to get
	DelayMs   int    // after which the server answers each
	TimeoutMs int    // a wait beyond it is an error
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		URL:       options.URL("url"),
		Requests:  options.Natural("requests", 1, 1_000_000),
		DelayMs:   options.Natural("delay-ms", 0, 60_000),
		TimeoutMs: options.Natural("timeout-ms", 1, 600_000),
	}
}

// answer is what one unit gave.
type answer struct {
	page    int64         // the page number that came back
	latency time.Duration // from before the request was sent until the whole body was there
}

// listPaths names the pages 1 … requests, each answered after delayMs; one page is a unit.
func listPaths(requests, delayMs int) []string {
	paths := make([]string, requests)
	for i := range paths {
		paths[i] = fmt.Sprintf("/delay/%d/%d", delayMs, i+1)
	}
	return paths
}

// Connect makes a client with at most connections connections, all of them kept alive.
func Connect(timeoutMs, connections int) *http.Client {
	return &http.Client{
		Timeout: time.Duration(timeoutMs) * time.Millisecond,
		Transport: &http.Transport{
			MaxConnsPerHost:     connections,
			MaxIdleConns:        connections,
			MaxIdleConnsPerHost: connections, // the default, 2, would close all others after each answer
			DisableCompression:  true,
		},
	}
}

// fetchPage does one unit: it gets url and checks that what came back is the page.
func fetchPage(client *http.Client, url string) (*answer, error) {
	begin := time.Now()
	response, err := client.Get(url)
	if err != nil {
		return nil, fmt.Errorf("get page: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read body of %s: %w", url, err)
	}
	latency := time.Since(begin)
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: expected status 200, got %d: %q", url, response.StatusCode, body)
	}
	page, err := strconv.ParseInt(string(bytes.TrimSpace(body)), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: expected a page number: %w", url, err)
	}
	return &answer{page, latency}, nil
}

// total adds up the page numbers, and lists the latencies; a slot that is still nil was not done.
func total(answers []*answer) contract.Outcome {
	var outcome contract.Outcome
	var latenciesNs []int64
	for _, answer := range answers {
		if answer != nil {
			outcome.Result += answer.page
			outcome.Units++
			latenciesNs = append(latenciesNs, answer.latency.Nanoseconds())
		}
	}
	outcome.Metrics = map[string]any{"latency_ns": latenciesNs}
	return outcome
}
