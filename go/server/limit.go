// What is said, once, when no further connection can be accepted.

package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// limitReport keeps a limit that is reached again and again from filling the screen.
type limitReport struct{ made bool }

func (r *limitReport) acceptFailed(err error, connections int64) {
	if r.made {
		return
	}
	r.made = true
	var limit syscall.Rlimit
	if errors.Is(err, syscall.EMFILE) && syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		fmt.Fprintf(os.Stderr, "open file limit %d reached at %d connections: raise it with 'ulimit -n %d'\n",
			limit.Cur, connections, max(30_000, 2*limit.Cur))
		return
	}
	fmt.Fprintf(os.Stderr, "accept a connection beyond %d: %v\n", connections, err)
}
