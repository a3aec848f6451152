// timeline, threads: each worker is a thread; notice that as many run at once as there are cores.

#include <cstddef>
#include <thread>
#include <vector>

#include "timeline/kernel.hpp"
#include "workers.hpp"

namespace timeline {

// Computes for `duration_ms` on each of `workers` threads, and notes when each ran.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto units = split(arguments.duration_ms, arguments.gap_us, workers);
  Slots<Lane> lanes(workers);  // each worker writes only its own

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (std::size_t i = 0; i < workers; ++i) {
      add_thread(pool, failure, [&, i] { lanes[i] = compute(units[i]); });
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(lanes);
}

}  // namespace timeline
