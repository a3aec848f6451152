// nqueens, threads: each worker is a thread; notice that they share only the number of the next
// unit.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "nqueens/kernel.hpp"
#include "workers.hpp"

namespace nqueens {

// Counts the placements of `n` queens on `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto pairs = split(arguments.n);
  Slots<std::int64_t> counts(pairs.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < pairs.size() && !failure; i = next++) {
      counts[i] = count_placements(pairs[i]);
    }
  };
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    while (pool.size() < workers) {
      pool.emplace_back([&] { failure.keep(work); });
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(counts);
}

}  // namespace nqueens
