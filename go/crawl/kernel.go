// Package crawl gets the pages of a site, hashes each and finds its links; there is no concurrency in this file.
package crawl

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"sidebyside/contract"
)

// kept is how many bytes of each digest are used: a result has to stay below 2^53.
const kept = 6

// Arguments of the workload.
type Arguments struct {
	URL       string // where the load server is
	Pages     int    // how many the site has
	DelayMs   int    // after which the server answers each
	PageBytes int    // of each page
	TimeoutMs int    // a wait beyond it is an error
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		URL:       options.URL("url"),
		Pages:     options.Natural("pages", 1, 1_000_000),
		DelayMs:   options.Natural("delay-ms", 0, 60_000),
		PageBytes: options.Natural("page-bytes", 1, 1_000_000),
		TimeoutMs: options.Natural("timeout-ms", 1, 600_000),
	}
}

// page is what one unit gave.
type page struct {
	digest int64    // the first bytes of the hash of its body
	links  []string // the paths of the pages of the same site that it leads to, some of them more than once
}

// frontier is the pages that are known and not begun yet; each is taken once, however many links lead to it.
type frontier struct {
	known   map[string]bool
	waiting []string
}

// newFrontier begins with the one page that is known.
func newFrontier(first string) *frontier {
	return &frontier{map[string]bool{first: true}, []string{first}}
}

func (f *frontier) empty() bool { return len(f.waiting) == 0 }

// take returns the page that has waited longest.
func (f *frontier) take() string {
	first := f.waiting[0]
	f.waiting = f.waiting[1:]
	return first
}

// add adds those pages that were not known before.
func (f *frontier) add(links []string) {
	for _, path := range links {
		if !f.known[path] {
			f.known[path] = true
			f.waiting = append(f.waiting, path)
		}
	}
}

// findFirst names the page that all others can be reached from.
func findFirst(pages, delayMs, pageBytes int) string {
	return fmt.Sprintf("/site/%d/%d/%d/0", pages, delayMs, pageBytes)
}

// crawlPage does one unit: it gets the page at path, and reads it.
func crawlPage(ctx context.Context, client *http.Client, server, path string) (*page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+path, nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("get page: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read body of %s: %w", path, err)
	}
	return readPage(path, response.StatusCode, body)
}

// readPage hashes a page and finds its links.
func readPage(path string, status int, body []byte) (*page, error) {
	if status != http.StatusOK {
		return nil, fmt.Errorf("%s: expected status 200, got %d", path, status)
	}
	digest := sha256.Sum256(body)
	links, err := findLinks(path, body)
	if err != nil {
		return nil, fmt.Errorf("find links of %s: %w", path, err)
	}
	return &page{int64(binary.LittleEndian.Uint64(digest[:8]) & (1<<(8*kept) - 1)), links}, nil
}

// findLinks lists the pages that the page at from links to, but for those of other sites.
func findLinks(from string, body []byte) ([]string, error) {
	base, err := url.Parse(from)
	if err != nil {
		return nil, err
	}
	written, err := parseLinks(body)
	if err != nil {
		return nil, err
	}
	site := path.Dir(from) + "/"
	var links []string
	for _, link := range written {
		target, err := base.Parse(link)
		if err != nil {
			return nil, err
		}
		target.Fragment = ""
		if found := target.String(); strings.HasPrefix(found, site) {
			links = append(links, found)
		}
	}
	return links, nil
}

// parseLinks notes where the links of a page lead, as they are written, with their entities resolved.
func parseLinks(body []byte) (links []string, err error) {
	tokens := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch tokens.Next() {
		case html.StartTagToken:
			if tag := tokens.Token(); tag.DataAtom == atom.A {
				links = append(links, listTargets(tag.Attr)...)
			}
		case html.ErrorToken:
			if err := tokens.Err(); !errors.Is(err, io.EOF) {
				return nil, err
			}
			return links, nil
		}
	}
}

// listTargets lists where a link leads, which is nowhere if it is an anchor only.
func listTargets(attributes []html.Attribute) (targets []string) {
	for _, each := range attributes {
		if each.Key == "href" && each.Val != "" {
			targets = append(targets, each.Val)
		}
	}
	return targets
}

// total joins what the pages gave.
func total(digests []int64) contract.Outcome {
	var outcome contract.Outcome
	for _, digest := range digests {
		outcome.Result ^= digest
		outcome.Units++
	}
	return outcome
}
