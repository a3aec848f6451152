// echo, sequential: one connection after another; notice that each message waits for the one before
// it.

#include <boost/asio/io_context.hpp>
#include <cstddef>

#include "echo/blocking.hpp"
#include "echo/kernel.hpp"

namespace echo {

// Sends the messages one connection at a time.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto talks = list_talks(arguments);
  Slots<Numbers> came(talks.size());

  // Do every unit.
  net::io_context io;
  for (std::size_t i = 0; i < talks.size(); ++i) {
    came[i] = hold_talk(io, talks[i]);
  }

  // Add up.
  return total(came);
}

}  // namespace echo
