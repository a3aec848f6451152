// query, threads: each worker is a thread with a connection; notice that they share only the number
// of the next batch, and the file.

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "query/kernel.hpp"
#include "workers.hpp"

namespace query {

// Asks the queries on `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into batches.
  const auto batches = split(arguments);
  Slots<Answer> answers(batches.size());  // each is written by the one worker that took its batch

  // Do every batch.
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    const auto connection = connect(arguments.database);
    for (std::size_t i = next++; i < batches.size() && !failure; i = next++) {
      answers[i] = do_batch(connection, batches[i]);
    }
  };
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    while (pool.size() < workers) {
      add_thread(pool, failure, work);
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(answers);
}

}  // namespace query
