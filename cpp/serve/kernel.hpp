// serve, kernel: accepts connections and answers on one; there is no concurrency in here.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace serve {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;
using Message = std::array<char, 64>;

inline constexpr std::chrono::seconds patience{10};  // for all clients to connect

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : port(options.natural("port", 1, 65'535)),
        rate(options.natural("rate", 1, 1'000'000)),
        duration_ms(options.natural("duration-ms", 1, 600'000)),
        burners(options.natural("burners", 0, 1'000)) {}

  std::int64_t port;         // where to listen, on the loopback interface
  std::int64_t rate;         // requests per second that will come
  std::int64_t duration_ms;  // for so long
  std::int64_t burners;      // how many compute beside
};

// Throws boost::system::system_error if what was attempted failed.
inline void require(const error_code& error, const std::string& attempted) {
  if (error) {
    throw boost::system::system_error(error, attempted);
  }
}

// Accepts a connection for every worker; throws std::runtime_error if so many do not come.
inline std::vector<tcp::socket> accept(net::io_context& io, const std::int64_t port,
                                       const std::size_t workers) {
  const auto deadline = Clock::now() + patience;
  const tcp::endpoint here(net::ip::address_v4::loopback(), static_cast<std::uint16_t>(port));
  tcp::acceptor listener(io, here, true);  // true: takes the port though it was in use just now
  std::vector<tcp::socket> connections;
  const auto take = [&](const error_code& error, tcp::socket connection) {
    require(error, "accept a connection");
    connection.set_option(tcp::no_delay(true));
    connections.push_back(std::move(connection));
  };
  for (; connections.size() < workers; io.restart()) {
    listener.async_accept(take);  // accept() would wait without end
    io.run_until(deadline);
    if (!io.stopped()) {  // it stops once it has nothing left to do
      throw std::runtime_error("expected " + std::to_string(workers) + " connections to port " +
                               std::to_string(port) + " within " +
                               std::to_string(patience.count()) + " s, got " +
                               std::to_string(connections.size()));
    }
  }
  return connections;
}

// Tells whether a message has come; throws std::runtime_error if it was cut short.
inline bool check(const std::size_t bytes, const error_code& error) {
  require(error == net::error::eof ? error_code() : error, "receive a message");
  if (bytes != 0 && bytes != sizeof(Message)) {
    throw std::runtime_error("expected a message of " + std::to_string(sizeof(Message)) +
                             " bytes, got " + std::to_string(bytes));
  }
  return bytes > 0;
}

// Does the units of one worker: sends every message back until the client has no more; returns how
// many.
inline std::int64_t serve(tcp::socket connection) {
  std::int64_t answered = 0;
  Message message;
  error_code error;
  while (check(net::read(connection, net::buffer(message), error), error)) {
    net::write(connection, net::buffer(message), error);
    require(error, "send an answer");
    ++answered;
  }
  return answered;
}

// Adds up the messages that were answered, and what was burned beside them.
inline Outcome total(const Slots<std::int64_t>& answered, const Slots<std::int64_t>& burned) {
  const auto sum = [](const Slots<std::int64_t>& slots) {
    std::int64_t all = 0;
    for (const auto& slot : slots) {
      all += slot.value_or(0);
    }
    return all;
  };
  const std::int64_t units = sum(answered);
  return {
      units, static_cast<std::size_t>(units), {{"burned_units", static_cast<double>(sum(burned))}}};
}

}  // namespace serve
