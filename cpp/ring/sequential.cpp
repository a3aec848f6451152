// ring, sequential: one loop moves the token from inbox to inbox; notice that nobody waits, and
// nobody is woken.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "ring/kernel.hpp"

namespace ring {

// Passes the token on `passes` times, on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  std::array<std::optional<std::int64_t>, ring_workers> inboxes;

  // Do every unit.
  std::size_t holder = 0;
  std::int64_t left = arguments.passes;
  while (left > 0) {
    inboxes[holder].reset();
    holder = (holder + 1) % ring_workers;
    --left;
    inboxes[holder] = left;
  }

  // Add up.
  return total({{holder + 1, static_cast<std::size_t>(arguments.passes - left)}});
}

}  // namespace ring
