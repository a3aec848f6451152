// mandelbrot, sequential: one unit after another; the time every other model is held against.

#include <cstddef>
#include <cstdint>

#include "mandelbrot/kernel.hpp"

namespace mandelbrot {

// Counts the bounded points of a grid on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto rows = split(arguments.size, arguments.iterations);
  Slots<std::int64_t> counts(rows.size());

  // Do every unit.
  for (std::size_t i = 0; i < rows.size(); ++i) {
    counts[i] = count_bounded(rows[i]);
  }

  // Add up.
  return total(counts);
}

}  // namespace mandelbrot
