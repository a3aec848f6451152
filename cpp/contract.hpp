// What one run of a workload gives: the part of the runner contract that kernels and models share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The work of one run, added up over its units.
struct Outcome {
  // The answer: below 2^53, the same in every language and model, whatever finished first.
  std::int64_t result = 0;
  // Units that were really completed.
  std::size_t units = 0;
  // Numbers that only this workload has, with their unit in the name.
  std::map<std::string, double> metrics = {};
};

// What the units gave: one slot a unit, empty until that unit is done.
template <typename Answer>
using Slots = std::vector<std::optional<Answer>>;
