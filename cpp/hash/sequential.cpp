// hash, sequential: one unit after another; the time every other model is held against.

#include <cstddef>
#include <cstdint>

#include "hash/kernel.hpp"

namespace hash {

// Hashes the buffers on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto spans = split(arguments.count, arguments.size, arguments.units);
  Slots<std::int64_t> found(spans.size());

  // Do every unit.
  for (std::size_t i = 0; i < spans.size(); ++i) {
    found[i] = hash_buffers(spans[i]);
  }

  // Add up.
  return total(found);
}

}  // namespace hash
