package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// UsageError is a command line that cannot be understood; it exits with status 2.
type UsageError struct{ message string }

func (e UsageError) Error() string { return e.message }

// Usagef makes a UsageError.
func Usagef(format string, values ...any) error {
	return UsageError{fmt.Sprintf(format, values...)}
}

// Options are the words --ARGUMENT VALUE …; each argument is taken once, then Finish tells what was wrong.
type Options struct {
	program string            // the name that messages begin with
	given   map[string]string // what has not been taken yet
	order   []string          // the names of what was given
	known   []string          // what has been asked for
	missing []string          // what was required but not given
	wrong   []string          // what is wrong with the values
}

// NewOptions pairs the words.
func NewOptions(program string, words []string) (*Options, error) {
	o := &Options{program: program, given: map[string]string{}}
	for i := 0; i < len(words); i += 2 {
		name := words[i]
		if !strings.HasPrefix(name, "--") || name == "--" || strings.Contains(name, "=") {
			return nil, o.Failf("expected --ARGUMENT VALUE, got '%s'", name)
		}
		if i+1 == len(words) || strings.HasPrefix(words[i+1], "--") {
			return nil, o.Failf("argument %s: expected a value", name)
		}
		if _, repeated := o.given[name]; repeated {
			return nil, o.Failf("argument %s: expected once, got twice", name)
		}
		o.given[name] = words[i+1]
		o.order = append(o.order, name)
	}
	if _, given := o.given["--workers"]; !given {
		o.given["--workers"] = "1" // the only one that may be left out
	}
	return o, nil
}

// Natural takes an argument that is a whole number within bounds; they are below 2^53, as the result is.
func (o *Options) Natural(name string, minimum, maximum int) int {
	text, given := o.take(name)
	if !given {
		return minimum
	}
	if text == "" || strings.Trim(text, "0123456789") != "" {
		o.refuse(name, "a whole number from 0", "'"+text+"'")
		return minimum
	}
	number, err := strconv.Atoi(text)
	switch {
	case err != nil || number > maximum: // of digits, too many are the only error
		o.refuse(name, fmt.Sprintf("at most %d", maximum), text)
	case number < minimum:
		o.refuse(name, fmt.Sprintf("at least %d", minimum), text)
	}
	return number
}

var validURL = regexp.MustCompile(`^http://[0-9A-Za-z.-]+:[0-9]{1,5}(/[!-~]*)?$`)

// URL takes an argument that is the address of a server.
func (o *Options) URL(name string) string {
	text, given := o.take(name)
	if given && !validURL.MatchString(text) {
		o.refuse(name, "http://ADDRESS:PORT[/PREFIX]", "'"+text+"'")
	}
	return text
}

// Text takes an argument that is a text of at least one character.
func (o *Options) Text(name string) string {
	text, given := o.take(name)
	if given && text == "" {
		o.refuse(name, "a text", "''")
	}
	return text
}

// Choice takes an argument that is one of the valid words.
func (o *Options) Choice(name string, valid ...string) string {
	text, given := o.take(name)
	if given && !slices.Contains(valid, text) {
		o.refuse(name, "one of "+strings.Join(valid, ", "), "'"+text+"'")
	}
	return text
}

// Finish returns a UsageError if words were left over, required ones were missing, or a value was wrong.
func (o *Options) Finish() error {
	for _, name := range o.order {
		if _, left := o.given[name]; left {
			return o.Failf("no argument '%s': expected one of %s", name, strings.Join(o.known, ", "))
		}
	}
	if o.missing != nil {
		return o.Failf("the following arguments are required: %s", strings.Join(o.missing, ", "))
	}
	if o.wrong != nil {
		return o.Failf("%s", o.wrong[0])
	}
	return nil
}

// Failf makes a usage error of the program.
func (o *Options) Failf(format string, values ...any) error {
	return Usagef("%s: %s", o.program, fmt.Sprintf(format, values...))
}

func (o *Options) take(name string) (text string, given bool) {
	word := "--" + name
	o.known = append(o.known, word)
	text, given = o.given[word]
	if !given {
		o.missing = append(o.missing, word)
	}
	delete(o.given, word)
	return text, given
}

func (o *Options) refuse(name, expected, got string) {
	o.wrong = append(o.wrong, fmt.Sprintf("argument --%s: expected %s, got %s", name, expected, got))
}
