// nqueens, kernel: counts placements of queens by backtracking; there is no concurrency in here.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace nqueens {

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options) : n(options.natural("n", 3, 20)) {}

  std::int64_t n;  // how many queens, on as many rows and columns
};

// A unit: queens in columns first and second of the first two of n rows.
struct Pair {
  std::int64_t n;
  std::int64_t first;
  std::int64_t second;
};

// Lists the pairs of queens in the first two rows that do not attack each other; one pair is a
// unit.
inline std::vector<Pair> split(const std::int64_t n) {
  std::vector<Pair> pairs;
  for (std::int64_t first = 0; first < n; ++first) {
    for (std::int64_t second = 0; second < n; ++second) {
      if (std::abs(first - second) > 1) {
        pairs.push_back({n, first, second});
      }
    }
  }
  return pairs;
}

// Counts the ways to place a queen in every row that is left.
//
// A bit is a column: `full` has all of them, `columns` those with a queen, `left` and `right` those
// of the next row that are attacked along a diagonal.
inline std::int64_t fill_rows(const std::uint64_t full, const std::uint64_t columns,
                              const std::uint64_t left, const std::uint64_t right) {
  if (columns == full) {
    return 1;
  }
  std::int64_t count = 0;
  std::uint64_t free = full & ~(columns | left | right);
  while (free != 0) {
    const std::uint64_t queen = free & -free;  // the lowest bit
    free ^= queen;
    count += fill_rows(full, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return count;
}

// Does one unit: counts the placements that begin with `pair`.
inline std::int64_t count_placements(const Pair& pair) {
  const std::uint64_t first = std::uint64_t{1} << pair.first;
  const std::uint64_t second = std::uint64_t{1} << pair.second;
  const std::uint64_t left = (first << 1 | second) << 1;
  const std::uint64_t right = (first >> 1 | second) >> 1;
  return fill_rows((std::uint64_t{1} << pair.n) - 1, first | second, left, right);
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

}  // namespace nqueens
