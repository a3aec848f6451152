// crawl, threads: each worker is a thread with a connection; notice that a lock is held to take and
// to add pages, never while one is waited for or read.

#include <cstddef>
#include <thread>
#include <vector>

#include "crawl/kernel.hpp"
#include "crawl/shared_frontier.hpp"
#include "fetch/blocking.hpp"
#include "workers.hpp"

namespace crawl {

// Crawls the site on `workers` threads, so at most so many pages are in flight.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Begin with the first page.
  SharedFrontier frontier(find_first(arguments));

  // Do every unit.
  const fetch::Server server = fetch::find_server(arguments.url, arguments.timeout_ms);
  fetch::net::io_context io;
  Failure failure;
  const auto work = [&] {
    auto connection = fetch::connect(io, server);
    while (const auto path = frontier.take()) {
      frontier.add(read_page(*path, fetch::get(connection, *path)));
    }
  };
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    while (pool.size() < workers) {
      pool.emplace_back([&] {
        failure.keep(work);
        frontier.stop();  // all is done, or a page has failed: the others need not go on
      });
    }
  });
  if (failure) {
    frontier.stop();
  }
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(frontier.digests());
}

}  // namespace crawl
