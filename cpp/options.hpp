// How a workload reads its arguments from the command line.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

// A command line that cannot be understood; it exits with status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The words --ARGUMENT VALUE …; each argument is taken once, then finish() tells what was wrong.
class Options {
 public:
  Options(std::string program, const std::vector<std::string>& words)
      : program_(std::move(program)) {
    for (std::size_t i = 0; i < words.size(); i += 2) {
      if (!words[i].starts_with("--")) {
        fail("expected --ARGUMENT VALUE, got '" + words[i] + "'");
      }
      if (i + 1 == words.size()) {
        fail("argument " + words[i] + ": expected one argument");
      }
      given_[words[i]] = words[i + 1];
    }
  }

  // Takes a required argument that is a string.
  std::string text(const std::string& name) { return require(name).value_or(""); }

  // Takes a required argument that is a whole number from 0.
  std::int64_t natural(const std::string& name) {
    return to_natural(name, require(name).value_or("0"));
  }

  // Takes an argument that is a whole number from 0, and `otherwise` if it is not given.
  std::int64_t natural(const std::string& name, const std::int64_t otherwise) {
    return to_natural(name, take(name).value_or(std::to_string(otherwise)));
  }

  // Throws UsageError if words were left over, or required ones were missing.
  void finish() const {
    if (!given_.empty()) {
      fail("unrecognized arguments: " + given_.begin()->first);
    }
    if (!missing_.empty()) {
      fail("the following arguments are required: " + missing_);
    }
  }

  // Ends with a usage error of the program.
  [[noreturn]] void fail(const std::string& message) const {
    throw UsageError(program_ + ": " + message);
  }

 private:
  std::optional<std::string> take(const std::string& name) {
    auto node = given_.extract("--" + name);
    return node.empty() ? std::nullopt : std::optional(node.mapped());
  }

  std::optional<std::string> require(const std::string& name) {
    const auto word = take(name);
    if (!word) {
      missing_ += (missing_.empty() ? "--" : ", --") + name;
    }
    return word;
  }

  std::int64_t to_natural(const std::string& name, const std::string& word) const {
    constexpr std::uint64_t end_of_exact = std::uint64_t{1} << 53;  // as in every runner
    std::uint64_t number = 0;
    const char* const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, number);
    if (error != std::errc{} || rest != end || number >= end_of_exact) {
      fail("argument --" + name + ": expected a whole number from 0, got '" + word + "'");
    }
    return static_cast<std::int64_t>(number);
  }

  std::string program_;                       // the name that messages begin with
  std::map<std::string, std::string> given_;  // what has not been taken yet
  std::string missing_;                       // what was required but not given
};
