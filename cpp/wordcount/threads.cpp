// wordcount, threads: each worker is a thread; notice that all of them read the same text: nothing
// is copied.

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "wordcount/kernel.hpp"
#include "workers.hpp"

namespace wordcount {

// Counts the words on `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto chunks = split(arguments.text, arguments.units);
  Slots<Table> tables(chunks.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < chunks.size() && !failure; i = next++) {
      tables[i] = count_words(chunks[i]);
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

  // Merge the tables.
  return merge(tables);
}

}  // namespace wordcount
