// channel, threads: producers and consumers share a queue with a mutex and two condition variables;
// notice that a full or empty one makes them wait.

#include "queue.hpp"

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "channel/kernel.hpp"
#include "workers.hpp"

namespace channel {

// Passes the numbers from `producers` threads to `consumers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(arguments, workers);
  const auto shares = split(arguments.items, arguments.producers);
  Queue<std::int64_t> queue(arguments.capacity);
  std::vector<Tally> tallies(static_cast<std::size_t>(arguments.consumers));  // each its own slot

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> takers;
  std::vector<std::jthread> putters;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (Tally& tally : tallies) {
      add_thread(takers, failure, [&] { tally = take_all(queue); });
    }
    for (const Share& numbers : shares) {
      add_thread(putters, failure, [&] { put_all(queue, numbers); });
    }
  });
  for (std::jthread& thread : putters) {
    thread.join();
  }
  queue.close();  // once all is put
  for (std::jthread& thread : takers) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(tallies);
}

}  // namespace channel
