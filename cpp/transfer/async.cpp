// transfer, async: each round is a std::async; notice that there is no worker that stays: each
// round makes a thread.

#include <cstddef>
#include <future>
#include <utility>

#include "transfer/kernel.hpp"

namespace transfer {

// Hands a payload of `size` bytes to an asynchronous call and gets it back, `rounds` times.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  require(workers);

  // Make the payload.
  Payload payload = make_payload(arguments.size, arguments.shape);

  // Start the worker.
  auto begin = Clock::now();
  std::async(std::launch::async, [] {}).get();
  const auto first = Clock::now() - begin;

  // Do every unit.
  Durations trips;
  for (std::size_t number = 0; number < arguments.rounds; ++number) {
    begin = Clock::now();
    payload = std::async(std::launch::async, change, std::move(payload), number).get();
    trips.push_back(Clock::now() - begin);
  }

  // Add up.
  return total(payload, first, trips);
}

}  // namespace transfer
