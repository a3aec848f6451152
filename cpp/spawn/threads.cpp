// spawn, threads: a thread for each node; notice that most of them do nothing but wait for their
// children.

#include <cstddef>
#include <thread>
#include <vector>

#include "spawn/kernel.hpp"
#include "workers.hpp"

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

// Visits each node on a thread of its own.
Tallies do_units(const Nodes& nodes) {
  Tallies tallies(nodes.size());  // each thread writes only its own slot
  Failure failure;
  std::vector<std::jthread> begun;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      begun.emplace_back([&, i] { failure.keep([&] { tallies[i] = visit(nodes[i]); }); });
    }
  });
  for (std::jthread& thread : begun) {
    thread.join();
  }
  failure.rethrow();
  return tallies;
}

}  // namespace

// Visits a tree of `depth` on as many threads as it has nodes.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(workers);
  const Nodes nodes = split(arguments.depth);

  // Do every unit.
  const Tallies tallies = do_units(nodes);

  // Add up.
  return total(tallies);
}

}  // namespace spawn
