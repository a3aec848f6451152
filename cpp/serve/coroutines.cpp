// serve, coroutines: coroutines on one thread answer, threads burn; notice that no answer waits for
// a burner, as long as there is a core for the one thread.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "burner.hpp"
#include "serve/awaitable.hpp"
#include "serve/kernel.hpp"
#include "workers.hpp"

namespace serve {

// Answers on `workers` connections in coroutines of one loop, while `burners` threads compute.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  Slots<std::int64_t> answered(workers);  // each worker writes only its own, here and below
  Slots<std::int64_t> burned(static_cast<std::size_t>(arguments.burners));
  const auto work = [&](std::size_t i, tcp::socket connection) -> net::awaitable<void> {
    answered[i] = co_await async_serve(std::move(connection));
  };
  net::io_context io(1);
  auto connections = accept(io, arguments.port, workers);
  const auto end = Clock::now() + std::chrono::milliseconds(arguments.duration_ms);

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> pool;
  for (auto& units : burned) {
    add_thread(pool, failure, [&] { units = burn_until(end); });
  }
  for (std::size_t i = 0; i < workers; ++i) {
    net::co_spawn(io, work(i, std::move(connections[i])), rethrow);
  }
  io.run();
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(answered, burned);
}

}  // namespace serve
