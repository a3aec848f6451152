// channel, kernel: numbers that are put into a queue and added up by who takes them; there is no
// concurrency in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace channel {

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : items(options.natural("items", 0, 100'000'000)),
        producers(options.natural("producers", 1, 1'000)),
        consumers(options.natural("consumers", 1, 1'000)),
        capacity(static_cast<std::size_t>(options.natural("capacity", 1, 1'000'000))) {}

  std::int64_t items;      // how many numbers, from 0
  std::int64_t producers;  // how many put them
  std::int64_t consumers;  // how many take them
  std::size_t capacity;    // how many the queue holds
};

// Throws std::runtime_error unless there is a worker for every producer and every consumer.
inline void check_workers(const Arguments& arguments, const std::size_t workers) {
  const auto expected = static_cast<std::size_t>(arguments.producers + arguments.consumers);
  if (workers != expected) {
    throw std::runtime_error("argument --workers: expected " + std::to_string(expected) +
                             ", one for each producer and consumer, got " +
                             std::to_string(workers));
  }
}

// The numbers of one producer, from first to before end.
struct Share {
  std::int64_t first;
  std::int64_t end;
};

// What one consumer took.
struct Tally {
  std::int64_t sum = 0;
  std::size_t items = 0;
};

// Shares the numbers out to the producers; a number is a unit.
inline std::vector<Share> split(const std::int64_t items, const std::int64_t producers) {
  std::vector<Share> shares;
  for (std::int64_t i = 0; i < producers; ++i) {
    shares.push_back({items * i / producers, items * (i + 1) / producers});
  }
  return shares;
}

// Puts every number into the queue.
template <typename Queue>
void put_all(Queue& queue, const Share& numbers) {
  for (std::int64_t number = numbers.first; number < numbers.end; ++number) {
    queue.put(number);
  }
}

// Adds up the numbers that are taken until the end.
template <typename Queue>
Tally take_all(Queue& queue) {
  Tally taken;
  while (const auto number = queue.take()) {
    taken.sum += *number;
    ++taken.items;
  }
  return taken;
}

// Adds up what the consumers took.
inline Outcome total(const std::vector<Tally>& tallies) {
  Outcome outcome;
  for (const Tally& each : tallies) {
    outcome.result += each.sum;
    outcome.units += each.items;
  }
  return outcome;
}

}  // namespace channel
