// echo, threads: each worker is a thread; notice that the system has to wake one for each message.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <thread>
#include <vector>

#include "echo/blocking.hpp"
#include "echo/kernel.hpp"
#include "workers.hpp"

namespace echo {

// Sends the messages over `workers` connections at once, each on a thread.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto talks = list_talks(arguments);
  Slots<Numbers> came(talks.size());  // each is written by the one worker that took its talk

  // Do every unit.
  net::io_context io;
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < talks.size() && !failure; i = next++) {
      came[i] = hold_talk(io, talks[i]);
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
  return total(came);
}

}  // namespace echo
