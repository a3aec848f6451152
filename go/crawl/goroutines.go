// crawl, goroutines: one goroutine a page; notice that only the caller knows the frontier, so nothing needs a lock.

package crawl

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
	"sidebyside/fetch"
)

// Goroutines crawls the site with a goroutine for each page, at most workers of them in flight.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Begin with the first page.
	frontier := newFrontier(findFirst(arguments.Pages, arguments.DelayMs, arguments.PageBytes))
	var digests []int64

	// Do every unit.
	client := fetch.Connect(arguments.TimeoutMs, workers)
	defer client.CloseIdleConnections()
	group, ctx := errgroup.WithContext(context.Background()) // a failure ends the other requests
	done := make(chan *page, workers)                        // has room for all that are in flight
	for inFlight := 0; ctx.Err() == nil && (inFlight > 0 || !frontier.empty()); {
		for ; inFlight < workers && !frontier.empty(); inFlight++ { // the others wait in the frontier
			path := frontier.take()
			group.Go(func() error {
				page, err := crawlPage(ctx, client, arguments.URL, path)
				if err != nil {
					return err
				}
				done <- page
				return nil
			})
		}
		select {
		case page := <-done:
			inFlight--
			digests = append(digests, page.digest)
			frontier.add(page.links)
		case <-ctx.Done():
		}
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(digests), nil
}
