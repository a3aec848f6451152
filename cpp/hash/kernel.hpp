// hash, kernel: hashes buffers with SHA-256; there is no concurrency in here.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace hash {

static_assert(std::endian::native == std::endian::little, "a buffer is filled word by word");

// Bytes of each digest that are used: a result has to stay below 2^53.
inline constexpr std::size_t kept = 6;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : count(options.natural("count", 0, 100'000'000)),
        size(options.natural("size", 1, 100'000'000)),
        units(options.natural("units", 1, 1'000'000)) {}

  std::int64_t count;  // how many buffers
  std::int64_t size;   // bytes of each
  std::int64_t units;  // cut into so many units
};

// A unit: the buffers from first up to, not including, end, of size bytes each.
struct Span {
  std::int64_t first;
  std::int64_t end;
  std::int64_t size;
};

// Cuts `count` buffers into `units` spans of equal length.
inline std::vector<Span> split(const std::int64_t count, const std::int64_t size,
                               const std::int64_t units) {
  std::vector<Span> spans;
  for (std::int64_t i = 0; i < units; ++i) {
    spans.push_back({count * i / units, count * (i + 1) / units, size});
  }
  return spans;
}

// Looks SHA-256 up, once for all threads: that takes longer than to hash a small buffer.
inline const EVP_MD* find_sha256() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> found(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  return found.get();
}

// Does one unit: fills a buffer with its number, hashes it, and goes on with the next.
inline std::int64_t hash_buffers(const Span& span) {
  std::uint64_t found = 0;
  const auto size = static_cast<std::size_t>(span.size);
  std::vector<std::uint64_t> buffer(size / 8 + 1);
  for (std::int64_t number = span.first; number < span.end; ++number) {
    std::fill(buffer.begin(), buffer.end(), static_cast<std::uint64_t>(number));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    if (EVP_Digest(buffer.data(), size, digest.data(), nullptr, find_sha256(), nullptr) != 1) {
      throw std::runtime_error("expected OpenSSL to hash with SHA-256, got an error");
    }
    std::uint64_t word = 0;
    std::memcpy(&word, digest.data(), kept);
    found ^= word;
  }
  return static_cast<std::int64_t>(found);
}

// Joins what the units gave; a slot that is still empty was not done.
inline Outcome total(const Slots<std::int64_t>& found) {
  Outcome outcome;
  for (const auto& each : found) {
    if (each) {
      outcome.result ^= *each;
      ++outcome.units;
    }
  }
  return outcome;
}

}  // namespace hash
