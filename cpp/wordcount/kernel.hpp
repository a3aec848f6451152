// wordcount, kernel: counts how often each word stands in a text; there is no concurrency in here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace wordcount {

// Words after which a text begins anew: to draw a word takes Python longer than to count it.
inline constexpr std::uint64_t page = 100'000;
inline constexpr std::uint64_t prime = (std::uint64_t{1} << 31) - 1;

// How often each word was counted; the text owns the words.
using Table = std::unordered_map<std::string_view, std::uint64_t>;

// Returns number `index` of SplitMix64, from 0.
inline std::uint64_t draw(const std::uint64_t index) {
  std::uint64_t number = (index + 1) * 0x9E3779B97F4A7C15;
  number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9;
  number = (number ^ number >> 27) * 0x94D049BB133111EB;
  return number ^ number >> 31;
}

// Spells a word of 3 to 10 letters that stands for a random number.
inline std::string spell(std::uint64_t number) {
  std::string word;
  const std::uint64_t longer = number % 8;
  number /= 8;
  while (word.size() < 3 + longer) {
    word += static_cast<char>('a' + number % 26);
    number /= 26;
  }
  return word;
}

// Chooses a word of the vocabulary by a random number; the product of its halves makes the first
// ones frequent.
inline std::uint64_t choose(const std::uint64_t number, const std::uint64_t vocabulary) {
  const std::uint64_t product = (number >> 32) * (number & 0xFFFFFFFF);
  return (product >> 32) * vocabulary >> 32;
}

// Writes a text of `words` words with a space between them: a page of random ones, over and over.
inline std::string write_text(const std::uint64_t words, const std::uint64_t vocabulary) {
  std::vector<std::string> known;
  for (std::uint64_t i = 0; i < vocabulary; ++i) {
    known.push_back(spell(draw(i)));
  }
  std::string text;
  for (std::uint64_t i = 0; i < words; ++i) {
    if (i > 0) {
      text += ' ';
    }
    text += known[choose(draw(vocabulary + i % page), vocabulary)];
  }
  return text;
}

// Arguments of the workload.
struct Arguments {
  // Takes them off the command line, and writes the text: no model is timed for that.
  explicit Arguments(Options& options) {
    const auto words = static_cast<std::uint64_t>(options.natural("words", 0, 10'000'000));
    const auto vocabulary = static_cast<std::uint64_t>(options.natural("vocabulary", 1, 100'000));
    units = static_cast<std::size_t>(options.natural("units", 1, 10'000));
    options.finish();  // nothing is written for a command line that is wrong
    text = write_text(words, vocabulary);
  }

  std::string text;   // so many words, from a vocabulary
  std::size_t units;  // the text is cut into so many units
};

// Cuts the text into `units` chunks of equal length, each up to the next space; one chunk is a
// unit. The caller owns the text.
inline std::vector<std::string_view> split(const std::string_view text, const std::size_t units) {
  std::vector<std::string_view> chunks;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < units; ++i) {
    const std::size_t end = std::min(text.find(' ', text.size() * (i + 1) / units), text.size());
    chunks.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return chunks;
}

// Does one unit: counts how often each word stands in a chunk.
inline Table count_words(const std::string_view chunk) {
  Table counts;
  std::size_t end = 0;
  for (std::size_t begin = chunk.find_first_not_of(' '); begin < chunk.size();
       begin = chunk.find_first_not_of(' ', end)) {
    end = std::min(chunk.find(' ', begin), chunk.size());
    ++counts[chunk.substr(begin, end - begin)];
  }
  return counts;
}

// Takes the letters of a word for the digits of a number; `prime` keeps it below 2^31.
inline std::uint64_t hash_word(const std::string_view word) {
  std::uint64_t hash = 0;
  for (const char letter : word) {
    hash = (hash << 8 | static_cast<unsigned char>(letter)) % prime;
  }
  return hash;
}

// Merges what the units gave; squares of the counts tell one merged table from many that were not.
// A slot that is still empty was not done.
inline Outcome merge(const Slots<Table>& tables) {
  Table merged;
  Outcome outcome;
  for (const auto& counts : tables) {
    if (counts) {
      for (const auto& [word, count] : *counts) {
        merged[word] += count;
      }
      ++outcome.units;
    }
  }
  std::uint64_t result = 0;
  std::uint64_t words = 0;
  for (const auto& [word, count] : merged) {
    result += hash_word(word) * count * count;  // what is beyond 64 bits is lost, and not wanted
    words += count;
  }
  outcome.result = static_cast<std::int64_t>(result % (std::uint64_t{1} << 53));
  outcome.metrics = {{"counted_words", static_cast<double>(words)}};
  return outcome;
}

}  // namespace wordcount
