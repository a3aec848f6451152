// counter, kernel: adds one to a counter, over and over, in one of four ways; there is no
// concurrency in here.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace counter {

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : increments(options.natural("increments", 1, 1'000'000'000)),
        mode(options.choice("mode", {"racy", "locked", "sharded", "atomic"})) {}

  std::int64_t increments;  // of each worker
  std::string mode;         // how they count
};

// Of x86 and most ARM processors. std::hardware_destructive_interference_size says the same, but
// g++ warns of it: it changes with the flags, and must not where two builds share a type.
inline constexpr std::size_t cache_line_bytes = 64;

// A counter that is alone on its cache line: two on one line would slow each other down as if they
// were one, though nothing is shared.
struct alignas(cache_line_bytes) Counter {
  std::atomic<std::int64_t> value = 0;
};

// Reads, adds, writes: what others count between reading and writing is undone.
//
// The plain form is ++value on a std::int64_t. From several threads that is a data race, which is
// undefined behaviour: the compiler may turn the loop into one addition, and g++ does, so hardly
// anything would be lost and nothing be shown. Relaxed loads and stores are the same three steps,
// each really done; updates are lost, but what happens is defined.
inline void count_racy(Counter& counter, const std::int64_t increments) {
  for (std::int64_t i = 0; i < increments; ++i) {
    const std::int64_t value = counter.value.load(std::memory_order_relaxed);
    counter.value.store(value + 1, std::memory_order_relaxed);
  }
}

// Reads, adds, writes, and holds `lock` from before the reading until after the writing.
inline void count_locked(Counter& counter, const std::int64_t increments, std::mutex& lock) {
  for (std::int64_t i = 0; i < increments; ++i) {
    const std::lock_guard held(lock);
    const std::int64_t value = counter.value.load(std::memory_order_relaxed);
    counter.value.store(value + 1, std::memory_order_relaxed);
  }
}

// Reads, adds and writes in one step of the processor. Relaxed: only this number is shared, and it
// is read once all are joined, so it need not put anything else in order.
inline void count_atomic(Counter& counter, const std::int64_t increments) {
  for (std::int64_t i = 0; i < increments; ++i) {
    counter.value.fetch_add(1, std::memory_order_relaxed);
  }
}

// Does the units of one worker in the way that is asked for; an increment is a unit.
inline std::int64_t count(Counter& counter, const std::int64_t increments, const std::string& mode,
                          std::mutex& lock) {
  if (mode == "locked") {
    count_locked(counter, increments, lock);
  } else if (mode == "atomic") {
    count_atomic(counter, increments);
  } else {
    count_racy(counter, increments);  // sharded: the counter is the worker's own
  }
  return increments;
}

// Gives every worker a counter: to count `sharded` one of its own, else all of them the first.
inline std::vector<Counter*> split(std::vector<Counter>& counters, const std::string& mode) {
  std::vector<Counter*> chosen;
  for (Counter& own : counters) {
    chosen.push_back(mode == "sharded" ? &own : &counters.front());
  }
  return chosen;
}

// Adds up the counters, and how many updates are not in them.
inline Outcome total(const std::vector<Counter>& counters, const Slots<std::int64_t>& done) {
  std::int64_t result = 0;
  for (const Counter& counter : counters) {
    result += counter.value;
  }
  std::int64_t units = 0;
  for (const auto& increments : done) {
    units += increments.value_or(0);
  }
  return {result,
          static_cast<std::size_t>(units),
          {{"lost_updates", static_cast<double>(units - result)}}};
}

}  // namespace counter
