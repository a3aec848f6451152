// spawn, goroutines: a goroutine for each node; notice that a tree of a million of them is written like one of ten.

package spawn

import (
	"sync"

	"sidebyside/contract"
)

// visitAtOnce does one unit: it does those below the node, and adds up.
func visitAtOnce(parent node) tally {
	if parent.leaves == 1 {
		return countLeaf(parent)
	}
	return add(doUnitsAtOnce(branch(parent)))
}

// doUnitsAtOnce visits each node in a goroutine of its own.
func doUnitsAtOnce(nodes []node) []tally {
	tallies := make([]tally, len(nodes)) // each goroutine writes only its own slot
	var group sync.WaitGroup             // and no errgroup: to visit cannot fail
	group.Add(len(nodes))
	for i, each := range nodes {
		go func() {
			defer group.Done()
			tallies[i] = visitAtOnce(each)
		}()
	}
	group.Wait()
	return tallies
}

// Goroutines visits the tree in as many goroutines as it has nodes.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	if err := checkWorkers(workers); err != nil {
		return contract.Outcome{}, err
	}
	nodes := split(arguments.Depth)

	// Do every unit.
	tallies := doUnitsAtOnce(nodes)

	// Add up.
	return total(tallies), nil
}
