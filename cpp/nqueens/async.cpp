// nqueens, async: each worker is a std::async; notice that its future joins it, and rethrows its
// exception.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <vector>

#include "nqueens/kernel.hpp"

namespace nqueens {

// Counts the placements of `n` queens in `workers` asynchronous calls.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto pairs = split(arguments.n);
  Slots<std::int64_t> counts(pairs.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < pairs.size(); i = next++) {
      counts[i] = count_placements(pairs[i]);
    }
  };
  std::vector<std::future<void>> futures;
  while (futures.size() < workers) {
    futures.push_back(std::async(std::launch::async, work));
  }
  for (std::future<void>& future : futures) {
    future.get();
  }

  // Add up.
  return total(counts);
}

}  // namespace nqueens
