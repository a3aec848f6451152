// primes, sequential: one unit after another; the time every other model is held against.

#include <cstddef>
#include <cstdint>

#include "primes/kernel.hpp"

namespace primes {

// Counts the primes below the limit on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto spans = split(arguments.limit, arguments.units);
  Slots<std::int64_t> counts(spans.size());

  // Do every unit.
  for (std::size_t i = 0; i < spans.size(); ++i) {
    counts[i] = count_primes(spans[i]);
  }

  // Add up.
  return total(counts);
}

}  // namespace primes
