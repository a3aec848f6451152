// nqueens, sequential: one unit after another; the time every other model is held against.

#include <cstddef>
#include <cstdint>

#include "nqueens/kernel.hpp"

namespace nqueens {

// Counts the placements of `n` queens on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto pairs = split(arguments.n);
  Slots<std::int64_t> counts(pairs.size());

  // Do every unit.
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    counts[i] = count_placements(pairs[i]);
  }

  // Add up.
  return total(counts);
}

}  // namespace nqueens
