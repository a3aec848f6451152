// Package spawn visits a tree of nodes that add up what their children give; there is no concurrency in this file.
package spawn

import (
	"fmt"

	"sidebyside/contract"
)

const children = 10

// Arguments of the workload.
type Arguments struct {
	Depth int // how many levels of children the root has
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Depth: options.Natural("depth", 0, 6),
	}
}

// checkWorkers returns an error for more than one worker: each node makes its own, so the tree says how many there are.
func checkWorkers(workers int) error {
	if workers != 1 {
		return fmt.Errorf("argument --workers: expected 1, as --depth says how many there are, got %d", workers)
	}
	return nil
}

// node is a unit: a node of the tree, named by the leaves below it; a leaf is its own only one.
type node struct{ first, leaves int64 }

// tally is what a unit gave.
type tally struct {
	ordinals int64 // the sum of the ordinals of the leaves below it
	nodes    int   // how many nodes were visited: itself, and all below it
}

// split lists the one unit that stands at the beginning, the root; it begins all others.
func split(depth int) []node {
	leaves := int64(1)
	for range depth {
		leaves *= children
	}
	return []node{{0, leaves}}
}

// branch lists the children of a node that is not a leaf.
func branch(parent node) []node {
	leaves := parent.leaves / children
	nodes := make([]node, children)
	for i := range nodes {
		nodes[i] = node{parent.first + int64(i)*leaves, leaves}
	}
	return nodes
}

// countLeaf gives the ordinal of a leaf.
func countLeaf(leaf node) tally {
	return tally{leaf.first, 1}
}

// add adds up what the children of a node gave, and counts the node itself.
func add(tallies []tally) tally {
	sum := tally{0, 1}
	for _, each := range tallies {
		sum.ordinals += each.ordinals
		sum.nodes += each.nodes
	}
	return sum
}

// total says what the root gave.
func total(tallies []tally) contract.Outcome {
	return contract.Outcome{Result: tallies[0].ordinals, Units: tallies[0].nodes}
}
