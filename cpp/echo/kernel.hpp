// echo, kernel: messages and what came back of them; there is no concurrency in here.
#pragma once

#include <bit>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract.hpp"
#include "endpoint.hpp"
#include "options.hpp"

namespace echo {

static_assert(std::endian::native == std::endian::little, "a number is sent as it lies in memory");

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using Message = std::vector<char>;
using Numbers = std::vector<std::int64_t>;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : url(options.url("url")),
        connections(options.natural("connections", 1, 10'000)),
        messages(options.natural("messages", 1, 1'000'000)),
        size(options.natural("size", 8, 65'536)),
        timeout_ms(options.natural("timeout-ms", 1, 600'000)) {}

  std::string url;           // where the echo server is
  std::int64_t connections;  // how many there are
  std::int64_t messages;     // how many go over each
  std::int64_t size;         // bytes of each
  std::int64_t timeout_ms;   // a connection that takes longer is an error
};

// What goes over one connection: messages of size bytes, each after the answer to the last.
struct Talk {
  tcp::endpoint endpoint;
  std::int64_t messages;
  std::size_t size;
  std::chrono::milliseconds timeout;
};

// Plans a talk for each connection; a worker takes one after another.
inline std::vector<Talk> list_talks(const Arguments& arguments) {
  const Talk talk{find_place(arguments.url).endpoint, arguments.messages,
                  static_cast<std::size_t>(arguments.size),
                  std::chrono::milliseconds(arguments.timeout_ms)};
  return std::vector<Talk>(static_cast<std::size_t>(arguments.connections), talk);
}

// Throws boost::system::system_error if what was attempted failed.
inline void require(const error_code& error, const std::string& attempted) {
  if (error) {
    throw boost::system::system_error(error, attempted);
  }
}

// Writes the number of a message; the rest of it stays as it is.
inline void write_number(Message& message, const std::int64_t number) {
  std::memcpy(message.data(), &number, sizeof number);
}

// Reads the number of a message of which so many bytes came; throws std::runtime_error if it is not
// the one that was sent, or not all of it.
inline std::int64_t check(const Message& message, const std::int64_t number, const std::size_t came,
                          const error_code& error) {
  require(error == net::error::eof ? error_code() : error, "receive a message");
  if (came != message.size()) {
    throw std::runtime_error("expected a message of " + std::to_string(message.size()) +
                             " bytes, got " + std::to_string(came) + ": is it an echo server?");
  }
  std::int64_t got = 0;
  std::memcpy(&got, message.data(), sizeof got);
  if (got != number) {
    throw std::runtime_error("expected message " + std::to_string(number) + ", got " +
                             std::to_string(got) + ": is it an echo server?");
  }
  return got;
}

// Adds up the numbers that came back; a slot that is still empty was not done.
inline Outcome total(const Slots<Numbers>& talks) {
  Outcome outcome;
  for (const auto& numbers : talks) {
    if (numbers) {
      outcome.result += std::accumulate(numbers->begin(), numbers->end(), std::int64_t{0});
      outcome.units += numbers->size();
    }
  }
  return outcome;
}

}  // namespace echo
