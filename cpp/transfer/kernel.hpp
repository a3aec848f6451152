// transfer, kernel: a payload, and what a worker changes in it; there is no concurrency in here.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace transfer {

static_assert(std::endian::native == std::endian::little, "a payload is filled word by word");

// Numbers, which a larger payload repeats: to draw them is not what is measured.
inline constexpr std::size_t drawn = 8'192;

// Bytes of the digest that are used: a result has to stay below 2^53.
inline constexpr std::size_t kept = 6;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : size(static_cast<std::size_t>(options.natural("size", 1, 134'217'728))),
        shape(options.choice("shape", {"bytes", "list", "dict"})),
        rounds(static_cast<std::size_t>(options.natural("rounds", 1, 1'000'000))) {}

  std::size_t size;    // bytes of the payload
  std::string shape;   // what it is made of
  std::size_t rounds;  // how often it goes there and back
};

using Bytes = std::vector<std::uint8_t>;
using List = std::vector<std::int64_t>;
using Dict = std::unordered_map<std::size_t, std::int64_t>;

// What is handed over: moved, so that its elements stay where they are.
using Payload = std::variant<Bytes, List, Dict>;

using Clock = std::chrono::steady_clock;
using Durations = std::vector<Clock::duration>;

// Throws std::invalid_argument for more than one worker.
inline void require(const std::size_t workers) {
  if (workers != 1) {
    throw std::invalid_argument("argument --workers: expected 1, got " + std::to_string(workers));
  }
}

// Draws numbers below 2^53 from SplitMix64.
inline List draw(const std::size_t count) {
  List numbers(count);
  std::uint64_t state = 42;
  for (std::int64_t& number : numbers) {
    std::uint64_t mixed = (state += 0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    number = static_cast<std::int64_t>((mixed ^ (mixed >> 31)) >> 11);
  }
  return numbers;
}

// Fills memory with the numbers, 8 bytes each.
inline void fill(void* const memory, const std::size_t size) {
  const List block = draw(drawn);
  const std::size_t block_bytes = block.size() * sizeof block[0];
  for (std::size_t begin = 0; begin < size; begin += block_bytes) {
    std::memcpy(static_cast<std::byte*>(memory) + begin, block.data(),
                std::min(block_bytes, size - begin));
  }
}

// Makes a payload; in a list or a dict a number counts as 8 bytes, and there is at least one.
inline Payload make(const std::size_t size, const std::string& shape) {
  if (shape == "bytes") {
    Bytes bytes(size);
    fill(bytes.data(), size);
    return bytes;
  }
  List list(std::max<std::size_t>(size / 8, 1));
  fill(list.data(), list.size() * sizeof list[0]);
  if (shape == "list") {
    return list;
  }
  Dict dict(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    dict[i] = list[i];
  }
  return dict;
}

// Makes a payload; throws std::runtime_error that says what to do where there is no memory.
inline Payload make_payload(const std::size_t size, const std::string& shape) {
  try {
    return make(size, shape);
  } catch (const std::bad_alloc&) {
    throw std::runtime_error("expected memory for " + std::to_string(size) +
                             " bytes, got none: lower --size");
  }
}

// Does what a worker does in a round: adds one to an element, each in its turn, and gives the
// payload back.
inline Payload change(Payload payload, const std::size_t number) {
  std::visit([number](auto& elements) { ++elements[number % elements.size()]; }, payload);
  return payload;
}

// Writes a dict as a list, in the order of its keys.
inline List write(const Dict& dict) {
  List values(dict.size());
  for (std::size_t key = 0; key < values.size(); ++key) {
    values[key] = dict.at(key);
  }
  return values;
}

// Hashes the elements of a payload, and uses some bytes of the digest.
template <typename Elements>
std::int64_t hash(const Elements& elements) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  if (EVP_Digest(elements.data(), elements.size() * sizeof elements[0], digest.data(), nullptr,
                 EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("expected OpenSSL to hash with SHA-256, got an error");
  }
  std::int64_t result = 0;
  std::memcpy(&result, digest.data(), kept);
  return result;
}
inline std::int64_t hash(const Dict& dict) {
  return hash(write(dict));
}

// Gives nanoseconds as a metric.
inline double count_ns(const Clock::duration duration) {
  return static_cast<double>(std::chrono::nanoseconds(duration).count());
}

// Hashes what came back at last; a round is a unit.
inline Outcome total(const Payload& payload, const Clock::duration first, const Durations& trips) {
  std::vector<double> trips_ns(trips.size());
  std::ranges::transform(trips, trips_ns.begin(), count_ns);
  return {std::visit([](const auto& elements) { return hash(elements); }, payload),
          trips.size(),
          {{"first_ns", count_ns(first)}, {"round_trip_ns", trips_ns}}};
}

}  // namespace transfer
