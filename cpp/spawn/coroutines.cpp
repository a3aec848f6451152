// spawn, coroutines: a coroutine for each node, all on one thread; notice that a parent gives up
// the thread for as long as its children need.

#include "gather.hpp"

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#include "spawn/kernel.hpp"

namespace spawn {
namespace {

namespace net = boost::asio;

net::awaitable<Tallies> do_units(Nodes nodes);

// Does one unit: does those below the node, and adds up.
net::awaitable<Tally> visit(const Node node) {
  if (node.leaves == 1) {
    co_return count_leaf(node);
  }
  co_return add(co_await do_units(branch(node)));
}

// Visits each node in a coroutine of its own.
net::awaitable<Tallies> do_units(const Nodes nodes) {
  std::vector<net::awaitable<Tally>> visits;
  for (const Node& node : nodes) {
    visits.push_back(visit(node));
  }
  co_return co_await gather(std::move(visits));
}

}  // namespace

// Visits a tree of `depth` in as many coroutines of one thread as it has nodes.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(workers);
  const Nodes nodes = split(arguments.depth);

  // Do every unit.
  Tallies tallies;
  net::io_context io(1);
  net::co_spawn(io, do_units(nodes), [&](const std::exception_ptr& failure, Tallies found) {
    rethrow(failure);
    tallies = std::move(found);
  });
  io.run();

  // Add up.
  return total(tallies);
}

}  // namespace spawn
