// The pages of a generated site, for a crawler: which follow from their number, and cost little more than to copy them.

package main

import (
	"fmt"
	"strconv"
)

const (
	maxPages     = 1_000_000
	maxPageBytes = 1_000_000
	children     = 3 // pages that a page leads to as a tree does, so that each can be reached from page 0
	others       = 3 // links to any page, known or not
	paragraphs   = 256
	words        = 20 // of each paragraph
)

// A site is what a path says of it; without pages it is none.
type site struct{ pages, bytes uint64 }

// splitMix64 is the next of the random numbers that every language makes alike.
func splitMix64(state *uint64) uint64 {
	*state += 0x9e3779b97f4a7c15
	mixed := *state
	mixed = (mixed ^ mixed>>30) * 0xbf58476d1ce4e5b9
	mixed = (mixed ^ mixed>>27) * 0x94d049bb133111eb
	return mixed ^ mixed>>31
}

var vocabulary = [...]string{
	"a", "page", "of", "words", "that", "says", "nothing", "and", "is", "read", "by", "programs", "only", "which", "look",
	"for", "what", "it", "leads", "to", "<em>twice</em>", "<code>x &lt; y</code>", "<span class=\"note\">aside</span>",
	"<b>bread</b> &amp; <i>butter</i>", "<img src=\"dot.png\" alt=\"a dot\">", "<br>",
}

// filler is what pages are filled with: paragraphs with about as much markup as pages for people have.
var filler = writeFiller()

func writeFiller() (written [paragraphs][]byte) {
	random := uint64(0)
	for i := range written {
		text := []byte("<p class=\"text\">")
		for range words {
			text = append(text, vocabulary[splitMix64(&random)%uint64(len(vocabulary))]...)
			text = append(text, ' ')
		}
		written[i] = append(text, "</p>\n"...)
	}
	return written
}

const (
	siteHead = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Page "
	siteFoot = "</ul>\n<!-- <a href=\"gone\">what is not there any more</a> -->\n" +
		"<p><a href=\"http://elsewhere.invalid/\">another site</a></p>\n</body>\n</html>\n"
)

// write makes a page: a head, what fills it up to the wanted size, and last its links, so that all of it has to be read.
// One that is too small for its links has no filler, and is as large as it has to be.
func (s site) write(number uint64) []byte {
	random := number
	links := s.appendLinks(make([]byte, 0, 1<<10), number, &random)
	body := make([]byte, 0, s.bytes+1<<11)
	body = append(body, siteHead...)
	body = strconv.AppendUint(body, number, 10)
	body = append(body, "</title></head>\n<body>\n"...)
	room := int(s.bytes) - len(body) - len(links) - len(siteFoot)
	for next := splitMix64(&random); room > 0; next++ {
		text := filler[next%paragraphs]
		if len(text) > room {
			break
		}
		body = append(body, text...)
		room -= len(text)
	}
	for ; room > 0; room-- {
		body = append(body, ' ')
	}
	return append(append(body, links...), siteFoot...)
}

// appendLinks writes links in some of the ways in which people write them: all of them lead to pages of this folder.
func (s site) appendLinks(out []byte, number uint64, random *uint64) []byte {
	ways := [children]string{"", "&#46;&#x2F;", fmt.Sprintf("../%d/", s.bytes)}
	out = append(out, "<ul>\n"...)
	for i, way := range ways {
		if child := children*number + uint64(i) + 1; child < s.pages {
			out = fmt.Appendf(out, "<li><a href=\"%s%d\">page %d</a></li>\n", way, child, child)
		}
	}
	for range others {
		other := splitMix64(random) % s.pages
		out = fmt.Appendf(out, "<li><a class=\"see\" href='./%d#part'>see page %d</a></li>\n", other, other)
	}
	return out
}
