// What one run of a workload gives: the part of the runner contract that kernels and models share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// A number, or an array of numbers.
using Metric = std::variant<double, std::vector<double>>;

// The work of one run, added up over its units.
struct Outcome {
  // The answer: below 2^53, the same in every language and model, whatever finished first.
  std::int64_t result = 0;
  // Units that were really completed.
  std::size_t units = 0;
  // What only this workload has, with its unit in the name.
  std::map<std::string, Metric> metrics = {};
};

// What the units gave: one slot a unit, empty until that unit is done.
template <typename Answer>
using Slots = std::vector<std::optional<Answer>>;
