// sleep, kernel: waits, and reads what all that waits has in memory; there is no concurrency in
// here.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>

#include "contract.hpp"
#include "options.hpp"

namespace sleeping {  // `sleep` is a function of the system

using Clock = std::chrono::steady_clock;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : tasks(options.natural("tasks", 1, 1'000'000)),
        delay_ms(options.natural("delay-ms", 1, 600'000)) {}

  std::int64_t tasks;     // how many wait at once
  std::int64_t delay_ms;  // for so long
};

// Throws std::runtime_error unless there is a worker for every task: they wait at once.
inline void check_workers(const std::int64_t tasks, const std::size_t workers) {
  if (workers != static_cast<std::size_t>(tasks)) {
    throw std::runtime_error("argument --workers: expected " + std::to_string(tasks) +
                             ", one for each task, got " + std::to_string(workers));
  }
}

// When each unit was over, on the monotonic clock; 0 until then. It is no std::vector, which would
// write all slots at once: these are in no memory before their units write them.
class Ends {
 public:
  explicit Ends(const std::size_t tasks)
      : memory_(static_cast<std::int64_t*>(std::calloc(tasks, sizeof(std::int64_t))), std::free),
        slots_(memory_.get(), tasks) {
    if (!memory_) {
      throw std::bad_alloc();
    }
  }

  std::span<std::int64_t> slots() const { return slots_; }

 private:
  std::unique_ptr<std::int64_t, decltype(&std::free)> memory_;
  std::span<std::int64_t> slots_;
};

// What the monotonic clock shows.
inline std::int64_t now_ns() {
  return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

// Does one unit: waits for `delay`; returns when that was over, on the monotonic clock.
inline std::int64_t wait(const Clock::duration delay) {
  std::this_thread::sleep_for(delay);
  return now_ns();
}

// What a program has of the machine's memory.
struct Memory {
  // In memory: its proportional set size; pages that several programs share are shared out.
  std::int64_t pss_bytes = 0;
  // Its address space: what it may use, whether it is in memory or not.
  std::int64_t reserved_bytes = 0;
};

// Reads the first number of a file, or of what follows a label in it; throws std::runtime_error if
// there is none.
inline std::int64_t read_number(const std::string& path, const std::string& label = "") {
  std::ifstream file(path);
  std::string word;
  std::int64_t number = 0;
  while (word != label && file >> word) {
  }
  if (!(file >> number)) {
    throw std::runtime_error("expected a number in " + path + ", got none");
  }
  return number;
}

// Reads what the calling program has; throws std::runtime_error where the system does not tell
// (Linux's /proc does).
inline Memory read_memory() {
  return {.pss_bytes = read_number("/proc/self/smaps_rollup", "Pss:") * 1024,
          .reserved_bytes = read_number("/proc/self/statm") * ::sysconf(_SC_PAGESIZE)};
}

// Counts the units; throws std::runtime_error if not all of them were waiting when memory was read
// at `read_ns`.
inline Outcome total(const Ends& ends, const std::int64_t delay_ms, const std::int64_t read_ns,
                     const Memory& idle, const Memory& waiting) {
  const auto [first, last] = std::ranges::minmax(ends.slots());
  const bool begun = last - delay_ms * 1'000'000 <= read_ns;
  const bool ended = first < read_ns;
  const auto units = ends.slots().size();
  if (ended || !begun) {
    throw std::runtime_error("expected all " + std::to_string(units) +
                             " tasks to wait at once, they did not: raise --delay-ms above " +
                             std::to_string(delay_ms));
  }
  const std::int64_t reserved_bytes = waiting.reserved_bytes - idle.reserved_bytes;
  return {static_cast<std::int64_t>(units),
          units,
          {{"pss_idle_bytes", static_cast<double>(idle.pss_bytes)},
           {"pss_waiting_bytes", static_cast<double>(waiting.pss_bytes)},
           {"reserved_bytes", static_cast<double>(reserved_bytes)}}};
}

}  // namespace sleeping
