// crawl, kernel: hashes a page and finds its links; there is no concurrency in here.
#pragma once

#include <libxml/HTMLparser.h>
#include <libxml/uri.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "contract.hpp"
#include "fetch/kernel.hpp"
#include "hash/kernel.hpp"
#include "options.hpp"

namespace crawl {

// Bytes of each digest that are used: a result has to stay below 2^53.
inline constexpr std::size_t kept = 6;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : url(options.url("url")),
        pages(options.natural("pages", 1, 1'000'000)),
        delay_ms(options.natural("delay-ms", 0, 60'000)),
        page_bytes(options.natural("page-bytes", 1, 1'000'000)),
        timeout_ms(options.natural("timeout-ms", 1, 600'000)) {}

  std::string url;          // where the load server is
  std::int64_t pages;       // how many the site has
  std::int64_t delay_ms;    // after which the server answers each
  std::int64_t page_bytes;  // of each page
  std::int64_t timeout_ms;  // a wait beyond it is an error
};

// What one unit gave.
struct Page {
  std::int64_t digest;             // the first bytes of the hash of its body
  std::vector<std::string> links;  // the paths of the pages of the same site that it leads to, some
                                   // of them more than once
};

// The pages that are known and not begun yet; each is taken once, however many links lead to it.
class Frontier {
 public:
  // Begins with the one page that is known.
  explicit Frontier(const std::string& first) : known_{first}, waiting_{first} {}

  bool empty() const { return waiting_.empty(); }

  // Returns the page that has waited longest.
  std::string take() {
    std::string first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }

  // Adds those pages that were not known before.
  void add(const std::vector<std::string>& links) {
    for (const std::string& path : links) {
      if (known_.insert(path).second) {
        waiting_.push_back(path);
      }
    }
  }

 private:
  std::unordered_set<std::string> known_;
  std::deque<std::string> waiting_;
};

// Names the page that all others can be reached from.
inline std::string find_first(const Arguments& arguments) {
  return "/site/" + std::to_string(arguments.pages) + "/" + std::to_string(arguments.delay_ms) +
         "/" + std::to_string(arguments.page_bytes) + "/0";
}

// Hashes what came back.
inline std::int64_t hash_body(const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  if (EVP_Digest(body.data(), body.size(), digest.data(), nullptr, hash::find_sha256(), nullptr) !=
      1) {
    throw std::runtime_error("expected OpenSSL to hash with SHA-256, got an error");
  }
  std::int64_t word = 0;
  std::memcpy(&word, digest.data(), kept);
  return word;
}

// Spells what the parser tells.
inline const char* spell(const xmlChar* const text) {
  return reinterpret_cast<const char*>(text);
}

// Notes where a link leads; the parser calls this for each tag, with its entities resolved.
inline void note_tag(void* const links, const xmlChar* const tag,
                     const xmlChar** attributes) noexcept {
  if (spell(tag) != std::string_view("a") || attributes == nullptr) {
    return;
  }
  for (; attributes[0] != nullptr; attributes += 2) {
    if (spell(attributes[0]) == std::string_view("href") && attributes[1] != nullptr) {
      static_cast<std::vector<std::string>*>(links)->emplace_back(spell(attributes[1]));
    }
  }
}

// Notes where the links of a page lead, as they are written. libxml2 is what most programs use: it
// tells of each tag as Python's and Go's parsers do, makes no tree of them, and resolves links.
inline std::vector<std::string> parse_links(const std::string& body) {
  static const bool ready = (xmlInitParser(), true);  // once, before any thread parses
  static_cast<void>(ready);
  std::vector<std::string> links;
  xmlSAXHandler handler = {};
  handler.startElement = note_tag;
  const std::unique_ptr<xmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(
      htmlCreatePushParserCtxt(&handler, &links, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8),
      htmlFreeParserCtxt);
  if (!parser) {
    throw std::bad_alloc();
  }
  htmlParseChunk(parser.get(), body.data(), static_cast<int>(body.size()), 1);
  return links;
}

// Finds where a link leads that is written in the page at `path`, without the part within it.
inline std::string resolve(const std::string& link, const std::string& path) {
  const auto text = [](const std::string& of) {
    return reinterpret_cast<const xmlChar*>(of.c_str());
  };
  const std::unique_ptr<xmlChar, xmlFreeFunc> target(xmlBuildURI(text(link), text(path)), xmlFree);
  if (!target) {
    throw std::runtime_error(path + ": expected a link, got '" + link + "'");
  }
  const std::string_view found = spell(target.get());
  return std::string(found.substr(0, found.find('#')));
}

// Hashes a page and finds its links; throws std::runtime_error if it is not the page asked for.
inline Page read_page(const std::string& path, const fetch::Response& response) {
  if (response.result() != fetch::http::status::ok) {
    const std::string status = std::to_string(response.result_int());
    throw std::runtime_error(path + ": expected status 200, got " + status);
  }
  Page page{.digest = hash_body(response.body()), .links = {}};
  const std::string site = path.substr(0, path.rfind('/') + 1);
  for (const std::string& link : parse_links(response.body())) {
    const std::string target = resolve(link, path);
    if (target.starts_with(site)) {
      page.links.push_back(target);
    }
  }
  return page;
}

// Joins what the pages gave.
inline Outcome total(const std::vector<std::int64_t>& digests) {
  Outcome outcome;
  for (const std::int64_t digest : digests) {
    outcome.result ^= digest;
    ++outcome.units;
  }
  return outcome;
}

}  // namespace crawl
