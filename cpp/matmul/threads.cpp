// matmul, threads: each worker is a thread; notice that all of them read the same columns: nothing
// is copied.

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "matmul/kernel.hpp"
#include "workers.hpp"

namespace matmul {

// Multiplies a by b on `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto columns = transpose(arguments.b);
  const auto bands = split(arguments.a, columns, arguments.units);
  Slots<Matrix> products(bands.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < bands.size() && !failure; i = next++) {
      products[i] = multiply(bands[i]);
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

  // Put the product together.
  return join(products);
}

}  // namespace matmul
