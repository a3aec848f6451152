// fetch, threads: each worker is a thread with a connection; notice that a whole thread stands
// still for each page that is waited for.

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "fetch/blocking.hpp"
#include "fetch/kernel.hpp"
#include "workers.hpp"

namespace fetch {

// Gets the pages on `workers` threads, so at most so many are in flight.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto paths = list_paths(arguments.requests, arguments.delay_ms);
  Slots<Answer> answers(paths.size());  // each is written by the one worker that took its unit

  // Do every unit.
  const Server server = find_server(arguments.url, arguments.timeout_ms);
  net::io_context io;
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    auto connection = connect(io, server);
    for (std::size_t i = next++; i < paths.size() && !failure; i = next++) {
      answers[i] = fetch_page(connection, paths[i]);
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
  return total(answers);
}

}  // namespace fetch
