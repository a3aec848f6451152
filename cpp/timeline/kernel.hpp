// timeline, kernel: computes for a while and notes when it ran; there is no concurrency in here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace timeline {

using Clock = std::chrono::steady_clock;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : duration_ms(options.natural("duration-ms", 1, 10'000)),
        gap_us(options.natural("gap-us", 1, 1'000'000)) {}

  std::int64_t duration_ms;  // for which each worker computes
  std::int64_t gap_us;       // between two looks: longer, and it did not run
};

// What one worker is to do.
struct Unit {
  Clock::time_point origin;  // when the run began: all slices are counted from here
  std::chrono::milliseconds duration;
  std::chrono::microseconds gap;
};

// A time in which a worker ran without a gap.
struct Slice {
  std::chrono::nanoseconds begin;
  std::chrono::nanoseconds end;
};

// What one unit gave: when it ran, and how often it looked at the clock.
struct Lane {
  std::vector<Slice> slices = {};
  std::int64_t looks = 0;
};

// Gives every worker a unit; the time of the run begins here.
inline std::vector<Unit> split(const std::int64_t duration_ms, const std::int64_t gap_us,
                               const std::size_t workers) {
  const Unit unit{Clock::now(), std::chrono::milliseconds(duration_ms),
                  std::chrono::microseconds(gap_us)};
  return std::vector<Unit>(workers, unit);
}

// Does one unit: looks at the clock over and over; a gap between two looks is when others ran.
inline Lane compute(const Unit& unit) {
  auto begin = Clock::now();
  auto now = begin;
  const auto end = begin + unit.duration;
  Lane lane;
  while (now < end) {
    const auto last = now;
    now = Clock::now();
    ++lane.looks;
    if (now - last > unit.gap) {
      lane.slices.push_back({begin - unit.origin, last - unit.origin});
      begin = now;
    }
  }
  if (now > begin) {  // else it ended in a gap
    lane.slices.push_back({begin - unit.origin, now - unit.origin});
  }
  return lane;
}

// Lists the slices of all workers, and adds up their looks at the clock.
inline Outcome total(const Slots<Lane>& lanes) {
  std::vector<double> slice_worker, slice_begin_ns, slice_ns;
  double looks = 0;
  std::size_t units = 0;
  for (std::size_t worker = 0; worker < lanes.size(); ++worker) {
    if (lanes[worker]) {
      for (const auto& [begin, end] : lanes[worker]->slices) {
        slice_worker.push_back(static_cast<double>(worker));
        slice_begin_ns.push_back(static_cast<double>(begin.count()));
        slice_ns.push_back(static_cast<double>((end - begin).count()));
      }
      looks += static_cast<double>(lanes[worker]->looks);
      ++units;
    }
  }
  const auto slices = static_cast<double>(slice_ns.size());
  return {static_cast<std::int64_t>(units),
          units,
          {{"slice_worker", slice_worker},
           {"slice_begin_ns", slice_begin_ns},
           {"slice_ns", slice_ns},
           {"slices", slices},
           {"looks", looks}}};
}

}  // namespace timeline
