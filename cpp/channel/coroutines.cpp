// channel, coroutines: coroutines of one thread share a queue that needs no mutex; notice that
// co_await waits only if it is full or empty.

#include "channel/awaitable.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

#include "channel/kernel.hpp"
#include "workers.hpp"

namespace channel {

// Passes the numbers from `producers` coroutines to `consumers` coroutines of one loop.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(arguments, workers);
  const auto shares = split(arguments.items, arguments.producers);
  net::io_context io(1);  // made before the queue, which resumes coroutines on it
  AsyncQueue<std::int64_t> queue(arguments.capacity);
  std::vector<Tally> tallies(static_cast<std::size_t>(arguments.consumers));  // each its own slot

  // Do every unit.
  auto putting = shares.size();
  const auto end_putting = [&](const std::exception_ptr& failure) {
    rethrow(failure);
    if (--putting == 0) {
      queue.close();  // once all is put
    }
  };
  for (Tally& tally : tallies) {
    net::co_spawn(io, take_all(queue, tally), rethrow);
  }
  for (const Share& numbers : shares) {
    net::co_spawn(io, put_all(queue, numbers), end_putting);
  }
  io.run();

  // Add up.
  return total(tallies);
}

}  // namespace channel
