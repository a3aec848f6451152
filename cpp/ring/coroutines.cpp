// ring, coroutines: a coroutine for each inbox, all on one thread; notice that to wake the next is
// to put it into a list.

#include "async_queue.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "ring/kernel.hpp"
#include "workers.hpp"

namespace ring {
namespace {

namespace net = boost::asio;
using Inbox = AsyncQueue<std::int64_t>;

// Is one worker of the ring: passes the token on until it is over; the kernel says how.
net::awaitable<void> pass_on(const std::size_t number, Inbox& inbox, Inbox& outbox, Tally& seen) {
  for (std::size_t passed = 0;; ++passed) {
    const std::int64_t left = *co_await inbox.take();
    co_await outbox.put(left - 1);
    if (left <= 0) {
      seen = {left == 0 ? number : 0, passed};
      co_return;
    }
  }
}

}  // namespace

// Passes the token on `passes` times, round a ring of coroutines of one loop.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(workers);
  net::io_context io(1);  // made before the inboxes, which resume coroutines on it
  std::deque<Inbox> inboxes;
  while (inboxes.size() < workers) {
    inboxes.emplace_back(1);
  }
  std::vector<Tally> tallies(workers);  // each coroutine writes only its own slot

  // Do every unit.
  for (std::size_t i = 0; i < workers; ++i) {
    net::co_spawn(io, pass_on(i + 1, inboxes[i], inboxes[(i + 1) % workers], tallies[i]), rethrow);
  }
  net::co_spawn(io, inboxes[0].put(arguments.passes), rethrow);
  io.run();

  // Add up.
  return total(tallies);
}

}  // namespace ring
