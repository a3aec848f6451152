// The generated site, as the server gives it and as it is made.

package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestSiteRoutes(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		method, path string
		status       int
		body         string // how the body begins
	}{
		{"GET", "/site/10/0/900/0", 200, "<!DOCTYPE html>\n"},
		{"GET", "/site/10/1/900/9", 200, "<!DOCTYPE html>\n"},
		{"GET", "/site/10/0/900/10", 404, "expected a page below 10, got 10"},
		{"GET", "/site/0/0/900/0", 404, "expected a page below 0, got 0"},
		{"GET", "/site/1000001/0/900/0", 400, "expected pages from 0 to 1000000, got"},
		{"GET", "/site/10/60001/900/0", 400, "expected delay in milliseconds from 0 to 60000, got"},
		{"GET", "/site/10/0/1000001/0", 400, "expected bytes of a page from 0 to 1000000, got"},
		{"GET", "/site/10/0/900/x", 400, "expected page from 0"},
		{"GET", "/site/10/0/900/1/2", 404, "expected /delay/MS/PAGE"},
		{"GET", "/site/10/0/900", 404, "expected /delay/MS/PAGE"},
		{"POST", "/site/10/0/900/1", 405, "expected method GET, got POST"},
		{"GET", "/fault/error/7/site/10/0/900/7", 500, "<!DOCTYPE html>\n"},
		{"GET", "/fault/error/7/site/10/0/900/8", 200, "<!DOCTYPE html>\n"},
		{"GET", "/fault/error/7/site/10/0/900", 404, "expected /delay/MS/PAGE"},
		{"GET", "/fault/smoke/7/site/10/0/900/8", 400, "expected fault error, reset, truncate or hang, got \"smoke\""},
	} {
		response, body := s.ask(c.method, c.path)
		name := c.method + " " + c.path
		expect(t, name, response.StatusCode, c.status)
		if !strings.HasPrefix(body, c.body) {
			t.Errorf("%s: expected body %q, got %q", name, c.body, body)
		}
		if strings.HasPrefix(body, "<") {
			expect(t, name+" media type", response.Header.Get("Content-Type"), "text/html")
		}
	}
}

func TestAPageIsTheSameWheneverItIsAskedFor(t *testing.T) {
	for _, number := range []uint64{0, 7, 199} {
		page := string(site{200, 5_000}.write(number))
		expect(t, "page", string(site{200, 5_000}.write(number)), page)
		expect(t, "bytes", len(page), 5_000)
		for _, other := range []uint64{1, 198} {
			expect(t, "two pages are the same", string(site{200, 5_000}.write(other)) == page, false)
		}
	}
}

func TestEveryPageCanBeReached(t *testing.T) {
	link := regexp.MustCompile(`<a [^>]*href=["'][^"']*?(\d+)(?:#part)?["']`)
	for _, pages := range []uint64{1, 2, 3, 4, 5, 100, 1_000} {
		of := site{pages, 600}
		known := map[uint64]bool{0: true}
		for waiting := []uint64{0}; len(waiting) > 0; waiting = waiting[1:] {
			for _, found := range link.FindAllStringSubmatch(string(of.write(waiting[0])), -1) {
				number, err := strconv.ParseUint(found[1], 10, 64)
				check(t, err)
				if !known[number] {
					known[number] = true
					waiting = append(waiting, number)
				}
			}
		}
		expect(t, fmt.Sprint("pages reached of ", pages), uint64(len(known)), pages)
	}
}

// The first numbers of the generator whose state is 0, as its authors give them.
func TestSplitMix64(t *testing.T) {
	state := uint64(0)
	for _, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		expect(t, "random number", splitMix64(&state), want)
	}
}
