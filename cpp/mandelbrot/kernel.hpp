// mandelbrot, kernel: counts grid points that stay bounded; there is no concurrency in here.
#pragma once

#include <cstdint>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace mandelbrot {

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : size(options.natural("size", 1, 10'000)),
        iterations(options.natural("iterations", 1, 1'000'000)) {}

  std::int64_t size;        // points on a side of the grid
  std::int64_t iterations;  // for so long each is followed
};

// A unit: row y of the grid, with size points that are followed for iterations.
struct Row {
  std::int64_t y;
  std::int64_t size;
  std::int64_t iterations;
};

// Cuts the grid into its rows; one row is a unit.
inline std::vector<Row> split(const std::int64_t size, const std::int64_t iterations) {
  std::vector<Row> rows;
  for (std::int64_t y = 0; y < size; ++y) {
    rows.push_back({y, size, iterations});
  }
  return rows;
}

// Tells whether z = z² + c, from 0 on, still has |z| ≤ 2 after so many iterations.
//
// Built with -ffp-contract=off: no product is fused with a sum, so every language rounds in the
// same places.
inline bool is_bounded(const double cr, const double ci, const std::int64_t iterations) {
  double zr = 0.0;
  double zi = 0.0;
  for (std::int64_t i = 0; i < iterations; ++i) {
    const double next = zr * zr - zi * zi + cr;
    zi = 2.0 * zr * zi + ci;
    zr = next;
    if (zr * zr + zi * zi > 4.0) {
      return false;
    }
  }
  return true;
}

// Does one unit: counts the bounded points of `row`.
inline std::int64_t count_bounded(const Row& row) {
  std::int64_t count = 0;
  const auto size = static_cast<double>(row.size);
  const double ci = 2.0 * static_cast<double>(row.y) / size - 1.0;
  for (std::int64_t x = 0; x < row.size; ++x) {
    const double cr = 2.0 * static_cast<double>(x) / size - 1.5;
    if (is_bounded(cr, ci, row.iterations)) {
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

}  // namespace mandelbrot
