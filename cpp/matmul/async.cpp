// matmul, async: each worker is a std::async; notice that its future joins it, and rethrows its
// exception.

#include <atomic>
#include <cstddef>
#include <future>
#include <vector>

#include "matmul/kernel.hpp"

namespace matmul {

// Multiplies a by b in `workers` asynchronous calls.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto columns = transpose(arguments.b);
  const auto bands = split(arguments.a, columns, arguments.units);
  Slots<Matrix> products(bands.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < bands.size(); i = next++) {
      products[i] = multiply(bands[i]);
    }
  };
  std::vector<std::future<void>> futures;
  while (futures.size() < workers) {
    futures.push_back(std::async(std::launch::async, work));
  }
  for (std::future<void>& future : futures) {
    future.get();
  }

  // Put the product together.
  return join(products);
}

}  // namespace matmul
