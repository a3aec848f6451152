// serve, threads: who answers and who burns are threads; notice that the system takes the core from
// a burner for a message that comes.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "burner.hpp"
#include "serve/kernel.hpp"
#include "workers.hpp"

namespace serve {

// Answers on a connection on each of `workers` threads, while `burners` threads compute.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  net::io_context io;
  auto connections = accept(io, arguments.port, workers);
  const auto end = Clock::now() + std::chrono::milliseconds(arguments.duration_ms);
  Slots<std::int64_t> answered(workers);  // each thread writes only its own, here and below
  Slots<std::int64_t> burned(static_cast<std::size_t>(arguments.burners));

  // Do every unit.
  Failure failure;
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    for (std::size_t i = 0; i < workers; ++i) {
      add_thread(pool, failure, [&, i] { answered[i] = serve(std::move(connections[i])); });
    }
    for (auto& units : burned) {
      add_thread(pool, failure, [&] { units = burn_until(end); });
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(answered, burned);
}

}  // namespace serve
