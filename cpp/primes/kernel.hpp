// primes, kernel: counts primes by trial division; there is no concurrency in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace primes {

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : limit(options.natural("limit", 0, 100'000'000)),
        units(options.natural("units", 1, 1'000'000)) {}

  std::int64_t limit;  // count the primes below it
  std::int64_t units;  // cut into so many units
};

// A unit: the numbers from first up to, not including, end.
struct Span {
  std::int64_t first;
  std::int64_t end;
};

// Cuts the numbers below `limit` into `units` spans of equal length.
inline std::vector<Span> split(const std::int64_t limit, const std::int64_t units) {
  std::vector<Span> spans;
  for (std::int64_t i = 0; i < units; ++i) {
    spans.push_back({limit * i / units, limit * (i + 1) / units});
  }
  return spans;
}

// Tells whether `number` is prime, by dividing it by 2 and then by every odd number up to its root.
inline bool is_prime(const std::int64_t number) {
  if (number < 2) {
    return false;
  }
  if (number % 2 == 0) {
    return number == 2;
  }
  for (std::int64_t divisor = 3; divisor * divisor <= number; divisor += 2) {
    if (number % divisor == 0) {
      return false;
    }
  }
  return true;
}

// Does one unit: counts the primes in `span`.
inline std::int64_t count_primes(const Span& span) {
  std::int64_t count = 0;
  for (std::int64_t number = span.first; number < span.end; ++number) {
    if (is_prime(number)) {
      ++count;
    }
  }
  return count;
}

// Adds up what the units gave; a slot that is still empty was not done.
inline Outcome total(const Slots<std::int64_t>& counts) {
  Outcome outcome;
  for (const auto& count : counts) {
    if (count) {
      outcome.result += *count;
      ++outcome.units;
    }
  }
  return outcome;
}

}  // namespace primes
