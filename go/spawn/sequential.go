// spawn, sequential: a call for each node; the time every other model is held against.

package spawn

import "sidebyside/contract"

// visit does one unit: it does those below the node, and adds up.
func visit(parent node) tally {
	if parent.leaves == 1 {
		return countLeaf(parent)
	}
	return add(doUnits(branch(parent)))
}

// doUnits visits one node after another.
func doUnits(nodes []node) []tally {
	tallies := make([]tally, len(nodes))
	for i, each := range nodes {
		tallies[i] = visit(each)
	}
	return tallies
}

// Sequential visits the tree on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	nodes := split(arguments.Depth)

	// Do every unit.
	tallies := doUnits(nodes)

	// Add up.
	return total(tallies), nil
}
