// hash, threads: each worker is a thread; notice that they share only the number of the next
// unit.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "hash/kernel.hpp"
#include "workers.hpp"

namespace hash {

// Hashes the buffers on `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto spans = split(arguments.count, arguments.size, arguments.units);
  Slots<std::int64_t> found(spans.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < spans.size() && !failure; i = next++) {
      found[i] = hash_buffers(spans[i]);
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
  return total(found);
}

}  // namespace hash
