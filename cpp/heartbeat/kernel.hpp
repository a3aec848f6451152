// heartbeat, kernel: wakes at every beat and notes how late it is; there is no concurrency in here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace heartbeat {

using Clock = std::chrono::steady_clock;

inline constexpr std::chrono::milliseconds job{50};  // a burner of an event loop computes so long

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : period_us(options.natural("period-us", 10, 1'000'000)),
        duration_ms(options.natural("duration-ms", 1, 600'000)),
        burners(options.natural("burners", 0, 1'000)) {}

  std::int64_t period_us;    // between two beats
  std::int64_t duration_ms;  // for so long
  std::int64_t burners;      // how many compute beside
};

// The beats of a worker, each a time at which it is due, whatever became of the one before.
struct Beats {
  std::int64_t count;
  std::chrono::microseconds period;
  Clock::time_point begin;  // one period before the first is due
  Clock::time_point end;    // when the last is due
};

// How late each beat of a worker was.
using Lags = std::vector<std::chrono::nanoseconds>;

// Gives the beats, the same to every worker; one beat is a unit.
inline Beats split(const std::int64_t period_us, const std::int64_t duration_ms) {
  const std::int64_t count = duration_ms * 1'000 / period_us;
  const std::chrono::microseconds period{period_us};
  const auto begin = Clock::now();
  return {count, period, begin, begin + count * period};
}

// Does the units of one worker: wakes at every beat, and notes how late.
inline Lags keep_time(const Beats& beats) {
  Lags lags;
  lags.reserve(static_cast<std::size_t>(beats.count));
  for (auto due = beats.begin + beats.period; due <= beats.end; due += beats.period) {
    std::this_thread::sleep_until(due);
    lags.push_back(Clock::now() - due);
  }
  return lags;
}

// Lists how late all beats were, and adds up what was burned beside them.
inline Outcome total(const Slots<Lags>& lags, const Slots<std::int64_t>& burned) {
  std::vector<double> lag_ns;
  for (const auto& mine : lags) {
    for (const auto lag : mine.value_or(Lags{})) {
      lag_ns.push_back(static_cast<double>(lag.count()));
    }
  }
  double burned_units = 0;
  for (const auto& units : burned) {
    burned_units += static_cast<double>(units.value_or(0));
  }
  const std::size_t units = lag_ns.size();
  return {static_cast<std::int64_t>(units),
          units,
          {{"lag_ns", std::move(lag_ns)}, {"burned_units", burned_units}}};
}

}  // namespace heartbeat
