// heartbeat, threads: who beats and who burns are threads; notice that the system takes the core
// from a burner for a thread that wakes.

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "burner.hpp"
#include "heartbeat/kernel.hpp"
#include "workers.hpp"

namespace heartbeat {

// Beats every `period_us` on each of `workers` threads, while `burners` threads compute.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const Beats beats = split(arguments.period_us, arguments.duration_ms);
  Slots<Lags> lags(workers);  // each thread writes only its own, here and below
  Slots<std::int64_t> burned(static_cast<std::size_t>(arguments.burners));

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (auto& mine : lags) {
      add_thread(pool, failure, [&] { mine = keep_time(beats); });
    }
    for (auto& units : burned) {
      add_thread(pool, failure, [&] { units = burn_until(beats.end); });
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(lags, burned);
}

}  // namespace heartbeat
