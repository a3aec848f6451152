// wordcount, async: each worker is a std::async; notice that its future joins it, and rethrows its
// exception.

#include <atomic>
#include <cstddef>
#include <future>
#include <vector>

#include "wordcount/kernel.hpp"

namespace wordcount {

// Counts the words in `workers` asynchronous calls.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto chunks = split(arguments.text, arguments.units);
  Slots<Table> tables(chunks.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < chunks.size(); i = next++) {
      tables[i] = count_words(chunks[i]);
    }
  };
  std::vector<std::future<void>> futures;
  while (futures.size() < workers) {
    futures.push_back(std::async(std::launch::async, work));
  }
  for (std::future<void>& future : futures) {
    future.get();
  }

  // Merge the tables.
  return merge(tables);
}

}  // namespace wordcount
