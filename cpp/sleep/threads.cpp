// sleep, threads: each task is a thread; notice that its stack is reserved whole, and in memory as
// far as used.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "sleep/kernel.hpp"
#include "workers.hpp"

namespace sleeping {

// Waits `delay_ms` on each of `tasks` threads at once, and reads their memory meanwhile.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(arguments.tasks, workers);
  const std::chrono::milliseconds delay(arguments.delay_ms);
  const Memory idle = read_memory();
  Ends ends(workers);  // each thread writes only its own slot

  // Do every unit.
  Failure failure;
  std::int64_t read_ns = 0;
  Memory waiting;
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (std::int64_t& end_ns : ends.slots()) {
      add_thread(pool, failure, [&] { end_ns = wait(delay); });
    }
    std::this_thread::sleep_for(delay / 2);  // all have begun, none has ended
    read_ns = now_ns();
    waiting = read_memory();
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(ends, arguments.delay_ms, read_ns, idle, waiting);
}

}  // namespace sleeping
