// counter, sequential: one worker alone; notice what a lock costs that nobody else wants, and that
// the C library makes it cheaper still while the program has no other thread.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "counter/kernel.hpp"

namespace counter {

// Counts `increments` times on the one thread there is.
Outcome sequential(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  std::vector<Counter> counters(workers);
  const auto chosen = split(counters, arguments.mode);
  Slots<std::int64_t> done(workers);
  std::mutex lock;

  // Do every unit.
  for (std::size_t i = 0; i < workers; ++i) {
    done[i] = count(*chosen[i], arguments.increments, arguments.mode, lock);
  }

  // Add up.
  return total(counters, done);
}

}  // namespace counter
