// Package wordcount counts how often each word stands in a text; there is no concurrency in this file.
package wordcount

import (
	"strings"

	"sidebyside/contract"
)

const (
	page  = 100_000 // words after which a text begins anew: to draw a word takes Python longer than to count it
	prime = 1<<31 - 1
)

// table says how often each word was counted.
type table map[string]uint64

// Arguments of the workload.
type Arguments struct {
	Text  string // so many words, from a vocabulary
	Units int    // the text is cut into so many units
}

// ReadArguments takes the arguments of the workload off the command line, and writes the text: no model is timed for
// that.
func ReadArguments(options *contract.Options) Arguments {
	words := options.Natural("words", 0, 10_000_000)
	vocabulary := options.Natural("vocabulary", 1, 100_000)
	units := options.Natural("units", 1, 10_000)
	if options.Finish() != nil {
		return Arguments{} // nothing is written for a command line that is wrong
	}
	return Arguments{Text: writeText(words, vocabulary), Units: units}
}

// draw returns number index of SplitMix64, from 0.
func draw(index int) uint64 {
	number := uint64(index+1) * 0x9E3779B97F4A7C15
	number = (number ^ number>>30) * 0xBF58476D1CE4E5B9
	number = (number ^ number>>27) * 0x94D049BB133111EB
	return number ^ number>>31
}

// spell spells a word of 3 to 10 letters that stands for a random number.
func spell(number uint64) string {
	var word []byte
	longer := number % 8
	number /= 8
	for range 3 + longer {
		word = append(word, 'a'+byte(number%26))
		number /= 26
	}
	return string(word)
}

// choose chooses a word of the vocabulary by a random number; the product of its halves makes the first ones frequent.
func choose(number uint64, vocabulary int) uint64 {
	return (number >> 32) * (number & (1<<32 - 1)) >> 32 * uint64(vocabulary) >> 32
}

// writeText writes a text of so many words with a space between them: a page of random ones, over and over.
func writeText(words, vocabulary int) string {
	known := make([]string, vocabulary)
	for i := range known {
		known[i] = spell(draw(i))
	}
	var text strings.Builder
	for i := range words {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(known[choose(draw(vocabulary+i%page), vocabulary)])
	}
	return text.String()
}

// split cuts the text into units chunks of equal length, each up to the next space; one chunk is a unit.
func split(text string, units int) []string {
	chunks := make([]string, units)
	begin := 0
	for i := range chunks {
		end := len(text) * (i + 1) / units
		if space := strings.IndexByte(text[end:], ' '); space >= 0 {
			end += space
		} else {
			end = len(text)
		}
		chunks[i] = text[begin:end]
		begin = end
	}
	return chunks
}

// countWords does one unit: it counts how often each word stands in a chunk.
func countWords(chunk string) table {
	counts := table{}
	for _, word := range strings.Fields(chunk) {
		counts[word]++
	}
	return counts
}

// hashWord takes the letters of a word for the digits of a number; prime keeps it below 2^31.
func hashWord(word string) uint64 {
	var hash uint64
	for i := range len(word) {
		hash = (hash<<8 | uint64(word[i])) % prime
	}
	return hash
}

// merge merges what the units gave; squares of the counts tell one merged table from many that were not. A slot that is
// still nil was not done.
func merge(tables []table) contract.Outcome {
	merged := table{}
	var outcome contract.Outcome
	for _, counts := range tables {
		if counts != nil {
			for word, count := range counts {
				merged[word] += count
			}
			outcome.Units++
		}
	}
	var result, words uint64
	for word, count := range merged {
		result += hashWord(word) * count * count // what is beyond 64 bits is lost, and not wanted either
		words += count
	}
	outcome.Result = int64(result % (1 << 53))
	outcome.Metrics = map[string]any{"counted_words": words}
	return outcome
}
