// spawn, coroutines: a coroutine for each node, all on one thread; notice that a parent gives up
// the thread for as long as its children need.

#include "condition.hpp"  // first: see there

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <utility>

#include "spawn/kernel.hpp"
#include "workers.hpp"

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
  const auto executor = co_await net::this_coro::executor;
  Tallies tallies;
  Failure failure;
  Condition ended;
  std::size_t left = 0;  // of those that were begun
  const auto end = [&](const std::exception_ptr& error, const Tally& tally) {
    failure.keep([&] {
      rethrow(error);
      tallies.push_back(tally);
    });
    if (--left == 0) {
      ended.notify_all();
    }
  };
  failure.keep([&] {  // a coroutine that cannot be made is a failure too
    for (const Node& node : nodes) {
      net::co_spawn(executor, visit(node), end);
      ++left;
    }
  });
  while (left > 0) {
    co_await ended.wait();
  }
  failure.rethrow();
  co_return tallies;
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
  net::co_spawn(io, do_units(nodes), [&](const std::exception_ptr& error, Tallies found) {
    rethrow(error);
    tallies = std::move(found);
  });
  io.run();

  // Add up.
  return total(tallies);
}

}  // namespace spawn
