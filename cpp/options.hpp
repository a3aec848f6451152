// How a workload reads its arguments from the command line.
#pragma once

#include <algorithm>
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

// Words as messages list them.
inline std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

// Tells whether a text is http://ADDRESS:PORT[/PREFIX]; by hand, since std::regex overflows the
// stack on a long one.
inline bool is_url(const std::string& text) {
  const std::string scheme = "http://";
  const std::string letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-";
  const std::size_t path = std::min(text.find('/', scheme.size()), text.size());
  const std::size_t colon = std::min(text.find_first_not_of(letters, scheme.size()), path);
  const std::size_t end = std::min(text.find_first_not_of("0123456789", colon + 1), text.size());
  const auto visible = [](const char each) { return each > ' ' && each <= '~'; };
  return text.starts_with(scheme) && colon > scheme.size() && colon < path && text[colon] == ':' &&
         end == path && end > colon + 1 && end <= colon + 6 && std::ranges::all_of(text, visible);
}

// The words --ARGUMENT VALUE …; each argument is taken once, then finish() tells what was wrong.
class Options {
 public:
  // Pairs the words; throws UsageError if they are not pairs.
  Options(std::string program, const std::vector<std::string>& words)
      : program_(std::move(program)) {
    for (std::size_t i = 0; i < words.size(); i += 2) {
      const std::string& name = words[i];
      if (!name.starts_with("--") || name == "--" || name.find('=') != std::string::npos) {
        fail("expected --ARGUMENT VALUE, got '" + name + "'");
      }
      if (i + 1 == words.size() || words[i + 1].starts_with("--")) {
        fail("argument " + name + ": expected a value");
      }
      if (!given_.emplace(name, words[i + 1]).second) {
        fail("argument " + name + ": expected once, got twice");
      }
      order_.push_back(name);
    }
    given_.emplace("--workers", "1");  // the only one that may be left out
  }

  // Takes an argument that is a whole number within bounds; they are below 2^53, as the result is.
  std::int64_t natural(const std::string& name, const std::int64_t minimum,
                       const std::int64_t maximum) {
    const auto text = take(name);
    if (!text) {
      return minimum;
    }
    if (text->empty() || text->find_first_not_of("0123456789") != std::string::npos) {
      refuse(name, "a whole number from 0", "'" + *text + "'");
      return minimum;
    }
    std::int64_t number = 0;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
    if (read.ec != std::errc{} || number > maximum) {  // of digits, too many are the only error
      refuse(name, "at most " + std::to_string(maximum), *text);
    } else if (number < minimum) {
      refuse(name, "at least " + std::to_string(minimum), *text);
    }
    return number;
  }

  // Takes an argument that is the address of a server.
  std::string url(const std::string& name) {
    const auto text = take(name);
    if (text && !is_url(*text)) {
      refuse(name, "http://ADDRESS:PORT[/PREFIX]", "'" + *text + "'");
    }
    return text.value_or("");
  }

  // Takes an argument that is a text of at least one character.
  std::string text(const std::string& name) {
    const auto text = take(name);
    if (text == "") {
      refuse(name, "a text", "''");
    }
    return text.value_or("");
  }

  // Takes an argument that is one of the valid words.
  std::string choice(const std::string& name, const std::vector<std::string>& valid) {
    const auto text = take(name);
    if (text && std::ranges::find(valid, *text) == valid.end()) {
      refuse(name, "one of " + join(valid), "'" + *text + "'");
    }
    return text.value_or("");
  }

  // Throws UsageError if words were left over, required ones were missing, or a value was wrong.
  void finish() const {
    for (const std::string& name : order_) {
      if (given_.contains(name)) {
        fail("no argument '" + name + "': expected one of " + join(known_));
      }
    }
    if (!missing_.empty()) {
      fail("the following arguments are required: " + join(missing_));
    }
    if (!wrong_.empty()) {
      fail(wrong_.front());
    }
  }

  // Ends with a usage error of the program.
  [[noreturn]] void fail(const std::string& message) const {
    throw UsageError(program_ + ": " + message);
  }

 private:
  std::optional<std::string> take(const std::string& name) {
    const std::string word = "--" + name;
    known_.push_back(word);
    const auto node = given_.extract(word);
    if (node.empty()) {
      missing_.push_back(word);
      return std::nullopt;
    }
    return node.mapped();
  }

  void refuse(const std::string& name, const std::string& expected, const std::string& got) {
    wrong_.push_back("argument --" + name + ": expected " + expected + ", got " + got);
  }

  std::string program_;                       // the name that messages begin with
  std::map<std::string, std::string> given_;  // what has not been taken yet
  std::vector<std::string> order_;            // the names of what was given
  std::vector<std::string> known_;            // what has been asked for
  std::vector<std::string> missing_;          // what was required but not given
  std::vector<std::string> wrong_;            // what is wrong with the values
};
