// Probe: a fixed amount of work that is bound as interpreters are; run by harness/machine/probe.py.
//
//   probe   prints
//   {"elapsed_ns":24012345}
//
// It interprets a made-up program: a switch that is hard to predict, many short operations, all
// data in the first-level cache. What takes longer than it did before tells that the machine was
// not itself.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int PASSES = 40'000;  // some 25 ms

struct Operation {
  std::uint8_t code, to, from;
  std::uint32_t value;
};

struct Machine {
  std::array<Operation, 512> program{};
  std::array<std::uint64_t, 16> registers{};
  std::array<std::uint64_t, 1024> memory{};
};

// SplitMix64, as in the workloads.
std::uint64_t draw(std::uint64_t& state) {
  std::uint64_t mixed = (state += 0x9E3779B97F4A7C15ULL);
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31U);
}

Machine make() {
  Machine machine;
  std::uint64_t state = 42;
  for (auto& [code, to, from, value] : machine.program) {
    const std::uint64_t drawn = draw(state);
    code = drawn & 15U;
    to = (drawn >> 4U) & 15U;
    from = (drawn >> 8U) & 15U;
    value = static_cast<std::uint32_t>(drawn >> 32U);
  }
  std::ranges::generate(machine.registers, [&state] { return draw(state); });
  std::ranges::generate(machine.memory, [&state] { return draw(state); });
  return machine;
}

// Runs the program once.
void interpret(Machine& machine) {
  auto& memory = machine.memory;
  const std::size_t last = memory.size() - 1;
  for (std::size_t at = 0; at < machine.program.size(); ++at) {
    const auto [code, to, from, value] = machine.program[at];
    std::uint64_t& left = machine.registers[to];
    const std::uint64_t right = machine.registers[from];
    switch (code) {
      case 0:
        left += right;
        break;
      case 1:
        left ^= right;
        break;
      case 2:
        left -= value;
        break;
      case 3:
        left = (left << 7U) | (left >> 57U);
        break;
      case 4:
        left *= right | 1U;
        break;
      case 5:
        left = memory[value & last];
        break;
      case 6:
        memory[value & last] = right;
        break;
      case 7:
        left += memory[(value + right) & last];
        break;
      case 8:
        left = (right & 1U) != 0 ? left + 3 : left ^ 5U;
        break;
      case 9:
        left = right;
        break;
      case 10:
        left = ~right;
        break;
      case 11:
        left += memory[right & last];
        break;
      case 12:
        at += left > right ? 1 : 0;
        break;
      case 13:
        memory[right & last] += left;
        break;
      case 14:
        left &= right | 0xFFFFU;
        break;
      default:
        left |= 1U;
        break;
    }
  }
}

}  // namespace

int main() {
  Machine machine = make();
  const auto begin = Clock::now();
  for (int pass = 0; pass < PASSES; ++pass) {
    interpret(machine);
  }
  const std::chrono::nanoseconds elapsed = Clock::now() - begin;
  const volatile std::uint64_t result = machine.registers[0];  // it must not be optimised away
  static_cast<void>(result);
  std::cout << "{\"elapsed_ns\":" << elapsed.count() << "}\n";
}
