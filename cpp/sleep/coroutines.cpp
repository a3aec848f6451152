// sleep, coroutines: each task is a coroutine with a timer, all on one thread; notice how little a
// coroutine needs to wait.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "sleep/awaitable.hpp"
#include "sleep/kernel.hpp"
#include "workers.hpp"

namespace sleeping {

// Waits `delay_ms` in each of `tasks` coroutines of one loop, and reads their memory meanwhile.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(arguments.tasks, workers);
  const std::chrono::milliseconds delay(arguments.delay_ms);
  const Memory idle = read_memory();
  Ends ends(workers);  // each coroutine writes only its own slot

  // Do every unit.
  std::int64_t read_ns = 0;
  Memory waiting;
  const auto read_midway = [&]() -> net::awaitable<void> {
    net::steady_timer timer(co_await net::this_coro::executor, delay / 2);
    co_await timer.async_wait(net::use_awaitable);  // all have begun, none has ended
    read_ns = now_ns();
    waiting = read_memory();
  };
  net::io_context io(1);  // made last: on a failure, it ends the others before what they use
  for (std::int64_t& end_ns : ends.slots()) {
    net::co_spawn(io, async_wait(delay, end_ns), rethrow);
  }
  net::co_spawn(io, read_midway(), rethrow);  // the last to begin
  io.run();

  // Add up.
  return total(ends, arguments.delay_ms, read_ns, idle, waiting);
}

}  // namespace sleeping
