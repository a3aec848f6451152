// echo, coroutines: each worker is a coroutine, all on one thread; notice that a switch between
// them is a call, of which the system knows nothing.

#include <boost/asio/io_context.hpp>
#include <cstddef>

#include "echo/awaitable.hpp"
#include "echo/kernel.hpp"
#include "workers.hpp"

namespace echo {

// Sends the messages over `workers` connections at once, in coroutines of one loop.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto talks = list_talks(arguments);
  Slots<Numbers> came(talks.size());  // each is written by the one worker that took its talk

  // Do every unit.
  std::size_t next = 0;  // not atomic: one thread runs all workers
  const auto work = [&]() -> net::awaitable<void> {
    while (next < talks.size()) {
      const std::size_t i = next++;
      came[i] = co_await async_hold_talk(talks[i]);
    }
  };
  net::io_context io(1);  // made last: on a failure, it ends the other workers before what they use
  for (std::size_t worker = 0; worker < workers; ++worker) {
    net::co_spawn(io, work, rethrow);
  }
  io.run();

  // Add up.
  return total(came);
}

}  // namespace echo
