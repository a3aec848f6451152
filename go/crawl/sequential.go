// crawl, sequential: one page after another; notice that it either waits or computes, never both.

package crawl

import (
	"context"

	"sidebyside/contract"
	"sidebyside/fetch"
)

// Sequential crawls the site one page at a time.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Begin with the first page.
	frontier := newFrontier(findFirst(arguments.Pages, arguments.DelayMs, arguments.PageBytes))
	var digests []int64

	// Do every unit.
	client := fetch.Connect(arguments.TimeoutMs, 1)
	defer client.CloseIdleConnections()
	for !frontier.empty() {
		page, err := crawlPage(context.Background(), client, arguments.URL, frontier.take())
		if err != nil {
			return contract.Outcome{}, err
		}
		digests = append(digests, page.digest)
		frontier.add(page.links)
	}

	// Add up.
	return total(digests), nil
}
