// counter, threads: each worker is a thread; notice that how they count decides whether the count
// is right, and what it costs.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "counter/kernel.hpp"
#include "workers.hpp"

namespace counter {

// Counts `increments` times on each of `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  std::vector<Counter> counters(workers);
  const auto chosen = split(counters, arguments.mode);
  Slots<std::int64_t> done(workers);  // each worker writes only its own
  std::mutex lock;

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (std::size_t i = 0; i < workers; ++i) {
      add_thread(pool, failure, [&, i] {
        done[i] = count(*chosen[i], arguments.increments, arguments.mode, lock);
      });
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(counters, done);
}

}  // namespace counter
