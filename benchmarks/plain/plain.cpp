// Each kernel as a plain program: no units, no contract. Usage: plain KERNEL NUMBER [FILE]; prints
// ns and result.

#include <openssl/sha.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using Matrix = std::vector<std::vector<double>>;

std::int64_t primes(const std::int64_t limit) {
  std::int64_t count = 0;
  for (std::int64_t number = 2; number < limit; ++number) {
    bool prime = number % 2 != 0 || number == 2;
    for (std::int64_t divisor = 3; prime && divisor * divisor <= number; divisor += 2) {
      prime = number % divisor != 0;
    }
    count += prime ? 1 : 0;
  }
  return count;
}

std::int64_t nqueens(const std::uint32_t full, const std::uint32_t columns,
                     const std::uint32_t left, const std::uint32_t right) {
  if (columns == full) {
    return 1;
  }
  std::int64_t count = 0;
  for (std::uint32_t free = full & ~(columns | left | right); free != 0; free &= free - 1) {
    const std::uint32_t queen = free & -free;
    count += nqueens(full, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return count;
}

std::int64_t mandelbrot(const std::int64_t size) {
  std::int64_t count = 0;
  for (std::int64_t y = 0; y < size; ++y) {
    const double ci = 2.0 * static_cast<double>(y) / static_cast<double>(size) - 1.0;
    for (std::int64_t x = 0; x < size; ++x) {
      const double cr = 2.0 * static_cast<double>(x) / static_cast<double>(size) - 1.5;
      double zr = 0;
      double zi = 0;
      int i = 0;
      for (; i < 50 && zr * zr + zi * zi <= 4.0; ++i) {
        const double next = zr * zr - zi * zi + cr;
        zi = 2.0 * zr * zi + ci;
        zr = next;
      }
      count += zr * zr + zi * zi <= 4.0 ? 1 : 0;
    }
  }
  return count;
}

std::int64_t matmul(const Matrix& a) {
  const std::size_t n = a.size();
  Matrix columns(n, std::vector<double>(n));
  Matrix product(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      columns[j][i] = a[i][j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double number = 0;
      for (std::size_t k = 0; k < n; ++k) {
        number += a[i][k] * columns[j][k];
      }
      product[i][j] = number;
    }
  }
  return static_cast<std::int64_t>(std::floor(product[n / 2][n / 2] * 1e6 + 0.5));
}

std::int64_t hash(const std::int64_t count) {
  std::uint64_t found = 0;
  std::vector<std::uint64_t> buffer(16'384 / 8);
  for (std::int64_t number = 0; number < count; ++number) {
    std::fill(buffer.begin(), buffer.end(), static_cast<std::uint64_t>(number));
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(buffer.data()), 16'384, digest);
    std::uint64_t word = 0;
    std::memcpy(&word, digest, 6);
    found ^= word;
  }
  return static_cast<std::int64_t>(found);
}

std::int64_t wordcount(const std::string_view text) {
  std::unordered_map<std::string_view, std::uint64_t> counts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    ++counts[text.substr(begin, end - begin)];
    begin = end + 1;
  }
  std::uint64_t result = 0;
  for (const auto& [word, count] : counts) {
    std::uint64_t hash = 0;
    for (const char letter : word) {
      hash = (hash << 8 | static_cast<unsigned char>(letter)) % 2'147'483'647;
    }
    result += hash * count * count;
  }
  return static_cast<std::int64_t>(result % (std::uint64_t{1} << 53));
}

int main(const int count, const char* const words[]) {
  const std::string name = words[1];
  const std::int64_t n = std::stoll(words[2]);
  Matrix a;
  std::stringstream text;
  if (name == "matmul") {
    for (std::int64_t i = 0; i < n; ++i) {
      a.emplace_back();
      for (std::int64_t j = 0; j < n; ++j) {
        a.back().push_back(static_cast<double>((i - j) * (i + j)) / static_cast<double>(n * n));
      }
    }
  }
  if (count > 3) {
    text << std::ifstream(words[3]).rdbuf();
  }
  const std::string whole = text.str();
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t result = name == "primes"       ? primes(n)
                              : name == "nqueens"    ? nqueens((1U << n) - 1, 0, 0, 0)
                              : name == "mandelbrot" ? mandelbrot(n)
                              : name == "matmul"     ? matmul(a)
                              : name == "hash"       ? hash(n)
                                                     : wordcount(whole);
  const auto took = std::chrono::steady_clock::now() - begin;
  std::cout << std::chrono::nanoseconds(took).count() << ' ' << result << '\n';
}
