package contract

import (
	"strings"
	"testing"
)

// No workload has a plain text yet, so the runners cannot show all of these.
func TestChoiceAndText(t *testing.T) {
	for _, each := range []struct{ words, expected string }{
		{"--mode racy --name x", ""},
		{"--mode locked --name -x", ""},
		{"--mode lock --name x", "w m: argument --mode: expected one of racy, locked, got 'lock'"},
		{"--mode  --name x", "w m: argument --mode: expected one of racy, locked, got ''"},
		{"--mode racy --name ", "w m: argument --name: expected a text, got ''"},
		{"--name x", "w m: the following arguments are required: --mode"},
	} {
		options, err := NewOptions("w m", strings.Split(each.words, " "))
		if err == nil {
			options.Natural("workers", 1, 1)
			options.Choice("mode", "racy", "locked")
			options.Text("name")
			err = options.Finish()
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != each.expected {
			t.Errorf("%q: expected %q, got %q", each.words, each.expected, got)
		}
	}
}
