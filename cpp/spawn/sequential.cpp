// spawn, sequential: a call for each node; the time every other model is held against.

#include <cstddef>

#include "spawn/kernel.hpp"

namespace spawn {
namespace {

Tallies do_units(const Nodes& nodes);

// Does one unit: does those below the node, and adds up.
Tally visit(const Node& node) {
  if (node.leaves == 1) {
    return count_leaf(node);
  }
  return add(do_units(branch(node)));
}

// Visits one node after another.
Tallies do_units(const Nodes& nodes) {
  Tallies tallies(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    tallies[i] = visit(nodes[i]);
  }
  return tallies;
}

}  // namespace

// Visits a tree of `depth` on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const Nodes nodes = split(arguments.depth);

  // Do every unit.
  const Tallies tallies = do_units(nodes);

  // Add up.
  return total(tallies);
}

}  // namespace spawn
