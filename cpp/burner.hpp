// Burners: what computes beside units that must be in time (heartbeat, serve).
#pragma once

#include <chrono>
#include <cstdint>

inline constexpr int steps = 1'000;  // of one burned unit

// Does one burned unit: so many steps of the random number generator "minimal standard".
constexpr std::int64_t burn_unit(std::int64_t state) {
  for (int step = 0; step < steps; ++step) {
    state = state * 48271 % 2147483647;
  }
  return state;
}

// Does so many burned units, one after another.
constexpr std::int64_t burn_units(std::int64_t state, const int units) {
  for (int unit = 0; unit < units; ++unit) {
    state = burn_unit(state);
  }
  return state;
}
static_assert(burn_units(1, 10) == 399268537, "the number that the standard has for minstd_rand");

// Computes until the clock shows `end`; returns how many units were done.
inline std::int64_t burn_until(const std::chrono::steady_clock::time_point end) {
  std::int64_t state = 1;
  std::int64_t burned_units = 0;
  while (std::chrono::steady_clock::now() < end) {
    state = burn_unit(state);
    ++burned_units;
  }
  // Nobody wants the state, so a compiler might not compute it; but a volatile must be written.
  [[maybe_unused]] const volatile std::int64_t wanted = state;
  return burned_units;
}
