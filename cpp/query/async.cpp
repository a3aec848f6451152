// query, async: each worker is a std::async with a connection; notice that its future joins it, and
// rethrows its exception.

#include <atomic>
#include <cstddef>
#include <future>
#include <vector>

#include "query/kernel.hpp"

namespace query {

// Asks the queries in `workers` asynchronous calls.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into batches.
  const auto batches = split(arguments);
  Slots<Answer> answers(batches.size());  // each is written by the one worker that took its batch

  // Do every batch.
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    const auto connection = connect(arguments.database);
    for (std::size_t i = next++; i < batches.size(); i = next++) {
      answers[i] = do_batch(connection, batches[i]);
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
  return total(answers);
}

}  // namespace query
