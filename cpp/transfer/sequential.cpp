// transfer, sequential: the worker is a function that is called; notice that nothing is handed
// over.

#include <cstddef>
#include <utility>

#include "transfer/kernel.hpp"

namespace transfer {

// Calls a function with a payload of `size` bytes, `rounds` times.
Outcome sequential(const Arguments& arguments, const std::size_t workers) {
  require(workers);

  // Make the payload.
  Payload payload = make_payload(arguments.size, arguments.shape);

  // Start the worker.
  auto begin = Clock::now();
  const auto first = Clock::now() - begin;  // there is none

  // Do every unit.
  Durations trips;
  for (std::size_t number = 0; number < arguments.rounds; ++number) {
    begin = Clock::now();
    payload = change(std::move(payload), number);
    trips.push_back(Clock::now() - begin);
  }

  // Add up.
  return total(payload, first, trips);
}

}  // namespace transfer
