// spawn, async: a std::async for each node; notice that its future brings what the node gave, or
// threw, and joins it.

#include <cstddef>
#include <future>
#include <vector>

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

// Visits each node in an asynchronous call of its own.
Tallies do_units(const Nodes& nodes) {
  std::vector<std::future<Tally>> begun;
  for (const Node& node : nodes) {
    begun.push_back(std::async(std::launch::async, visit, node));
  }
  Tallies tallies;
  for (std::future<Tally>& future : begun) {
    tallies.push_back(future.get());
  }
  return tallies;
}

}  // namespace

// Visits a tree of `depth` in as many asynchronous calls as it has nodes.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(workers);
  const Nodes nodes = split(arguments.depth);

  // Do every unit.
  const Tallies tallies = do_units(nodes);

  // Add up.
  return total(tallies);
}

}  // namespace spawn
