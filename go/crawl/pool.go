// crawl, pool: a fixed number of goroutines; notice that they take pages from one channel and give back on another.

package crawl

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
	"sidebyside/fetch"
)

// Pool crawls the site with workers goroutines.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Begin with the first page.
	frontier, digests := newFrontier(findFirst(arguments.Pages, arguments.DelayMs, arguments.PageBytes)), []int64{}

	// Do every unit.
	client := fetch.Connect(arguments.TimeoutMs, workers)
	defer client.CloseIdleConnections()
	group, ctx := errgroup.WithContext(context.Background()) // a failure ends the other requests
	paths := make(chan string, workers)                      // has room for all that are in flight
	done := make(chan *page, workers)                        // as many
	for range workers {
		group.Go(func() error { return work(ctx, client, arguments.URL, paths, done) })
	}
	for inFlight := 0; ctx.Err() == nil && (inFlight > 0 || !frontier.empty()); {
		for ; inFlight < workers && !frontier.empty(); inFlight++ { // the others wait in the frontier
			paths <- frontier.take()
		}
		select {
		case page := <-done:
			inFlight--
			digests = append(digests, page.digest)
			frontier.add(page.links)
		case <-ctx.Done():
		}
	}
	close(paths)
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(digests), nil
}

// work crawls page after page until there is none any more.
func work(ctx context.Context, client *http.Client, server string, paths <-chan string, done chan<- *page) error {
	for path := range paths {
		page, err := crawlPage(ctx, client, server, path)
		if err != nil {
			return err
		}
		done <- page
	}
	return nil
}
