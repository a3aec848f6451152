// ring, threads: a thread for each inbox; notice that all but one of them wait: what is timed is to
// wake the next.

#include "queue.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <vector>

#include "ring/kernel.hpp"
#include "workers.hpp"

namespace ring {

// Passes the token on `passes` times, round a ring of threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  check_workers(workers);
  std::deque<Queue<std::int64_t>> inboxes;  // no vector: a mutex cannot be moved
  while (inboxes.size() < workers) {
    inboxes.emplace_back(1);
  }
  std::vector<Tally> tallies(workers);  // each thread writes only its own slot

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (std::size_t i = 0; i < workers; ++i) {
      add_thread(pool, failure,
                 [&, i] { tallies[i] = pass_on(i + 1, inboxes[i], inboxes[(i + 1) % workers]); });
    }
  });
  inboxes[0].put(failure ? end : arguments.passes);
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(tallies);
}

}  // namespace ring
