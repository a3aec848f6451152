// Spin: how much work so many threads get done at once on this machine; run by
// harness/machine/calibrate.py.
//
//   spin THREADS MS   prints
//   {"threads":2,"iterations":61234567,"elapsed_ns":100012345,"clock_step_ns":23}
//
// Nothing is shared while they spin, and no memory is touched: what is short of THREADS times the
// work of one thread is what the machine does not give (a core that is two threads of one, a quota,
// other programs).

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::int64_t BATCH = 4096;  // divisions between two looks at the clock

std::int64_t read_number(const char* const name, const char* const text) {
  std::int64_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, value);
  if (error != std::errc() || rest != end || value < 1) {
    throw std::invalid_argument(std::string(name) + ": expected a number of at least 1, got '" +
                                text + "'");
  }
  return value;
}

struct Stretch {
  std::int64_t iterations = 0;
  Clock::time_point begin, end;
};

// Divides 64-bit integers, as the kernel of `primes` does, until the time is up.
Stretch spin(std::latch& start, const nanoseconds duration) {
  start.arrive_and_wait();
  Stretch stretch;
  stretch.begin = stretch.end = Clock::now();
  volatile std::uint64_t remainders = 0;  // what is computed must not be optimised away
  for (std::uint64_t divisor = 3; stretch.end < stretch.begin + duration;) {
    for (std::int64_t i = 0; i < BATCH; ++i, divisor += 2) {
      remainders = remainders + 0x9E3779B97F4A7C15ULL % divisor;
    }
    stretch.iterations += BATCH;
    stretch.end = Clock::now();
  }
  return stretch;
}

// The smallest step that the clock was seen to make.
std::int64_t find_clock_step_ns() {
  nanoseconds step = nanoseconds::max();
  for (int i = 0; i < 1000; ++i) {
    const auto before = Clock::now();
    auto after = Clock::now();
    while (after == before) {
      after = Clock::now();
    }
    step = std::min<nanoseconds>(step, after - before);
  }
  return step.count();
}

void measure(const std::int64_t threads, const nanoseconds duration) {
  std::latch start(threads);
  std::vector<Stretch> stretches(static_cast<std::size_t>(threads));  // each thread writes its own
  std::vector<std::jthread> workers;
  for (auto& mine : stretches) {
    workers.emplace_back([&start, &mine, duration] { mine = spin(start, duration); });
  }
  workers.clear();  // joins them
  std::int64_t iterations = 0;
  auto [_, begin, end] = stretches.front();
  for (const auto& each : stretches) {
    iterations += each.iterations;
    begin = std::min(begin, each.begin);
    end = std::max(end, each.end);
  }
  std::cout << "{\"threads\":" << threads << ",\"iterations\":" << iterations
            << ",\"elapsed_ns\":" << nanoseconds(end - begin).count()
            << ",\"clock_step_ns\":" << find_clock_step_ns() << "}\n";
}

}  // namespace

int main(const int count, const char* const* const words) {
  try {
    if (count != 3) {
      throw std::invalid_argument("usage: spin THREADS MS");
    }
    measure(read_number("THREADS", words[1]),
            std::chrono::milliseconds(read_number("MS", words[2])));
  } catch (const std::invalid_argument& error) {
    std::cerr << "spin: " << error.what() << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "spin: " << error.what() << '\n';
    return 1;
  }
}
