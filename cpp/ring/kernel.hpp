// ring, kernel: a ring of inboxes through which a token is passed; there is no concurrency in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace ring {

inline constexpr std::size_t ring_workers = 503;  // a prime, as elsewhere

// What is passed instead of the token to say that it is over.
inline constexpr std::int64_t end = -1;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options) : passes(options.natural("passes", 1, 1'000'000'000)) {}

  std::int64_t passes;  // how often the token is passed on
};

// Throws std::runtime_error unless there are as many workers as the ring has.
inline void check_workers(const std::size_t workers) {
  if (workers != ring_workers) {
    throw std::runtime_error("argument --workers: expected " + std::to_string(ring_workers) +
                             ", which the ring has, got " + std::to_string(workers));
  }
}

// What one worker saw.
struct Tally {
  std::size_t holder = 0;  // its number, from 1, if it holds the token in the end; else 0
  std::size_t passed = 0;  // how often it passed the token on
};

// Is one worker of the ring: passes the token on until it is over; a pass is a unit.
//
// The token says how many passes are left. Who gets it with none left holds it, and tells the
// others: what is below 0 goes round once.
template <typename Inbox>
Tally pass_on(const std::size_t number, Inbox& inbox, Inbox& outbox) {
  for (std::size_t passed = 0;; ++passed) {
    const std::int64_t left = *inbox.take();  // nobody closes an inbox
    outbox.put(left - 1);
    if (left <= 0) {
      return {left == 0 ? number : 0, passed};
    }
  }
}

// Says who holds the token, and counts the passes.
inline Outcome total(const std::vector<Tally>& tallies) {
  Outcome outcome;
  for (const Tally& each : tallies) {
    outcome.result += static_cast<std::int64_t>(each.holder);
    outcome.units += each.passed;
  }
  return outcome;
}

}  // namespace ring
