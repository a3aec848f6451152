// fetch, coroutines: each worker is a coroutine with a connection, all on one thread; notice that
// every co_await is a turn for the others.

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <exception>

#include "fetch/awaitable.hpp"
#include "fetch/kernel.hpp"

namespace fetch {
namespace {

// Carries what a worker threw out of io_context::run.
void rethrow(const std::exception_ptr& failure) {
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace

// Gets the pages in `workers` coroutines, so at most so many are in flight.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto paths = list_paths(arguments.requests, arguments.delay_ms);
  Slots<Answer> answers(paths.size());  // each is written by the one worker that took its unit

  // Do every unit.
  const Server server = find_server(arguments.url, arguments.timeout_ms);
  std::size_t next = 0;  // not atomic: one thread runs all workers
  const auto work = [&]() -> net::awaitable<void> {
    auto connection = connect(co_await net::this_coro::executor, server);
    while (next < paths.size()) {
      const std::size_t i = next++;
      answers[i] = co_await fetch_page(connection, paths[i]);
    }
  };
  net::io_context io(1);  // made last: on a failure, it ends the other workers before what they use
  for (std::size_t worker = 0; worker < workers; ++worker) {
    net::co_spawn(io, work, rethrow);
  }
  io.run();

  // Add up.
  return total(answers);
}

}  // namespace fetch
