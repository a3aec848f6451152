// echo: the steps that wait, for threads: each call holds its thread until it is done.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>

#include "blocking_stream.hpp"
#include "echo/kernel.hpp"

namespace echo {

// Does the units of one connection: sends each message, and receives it; returns the numbers that
// came back.
inline Numbers hold_talk(net::io_context& io, const Talk& talk) {
  Numbers numbers;
  BlockingStream connection(io);
  error_code error;
  connection.expires_after(talk.timeout);
  connection.connect(talk.endpoint, error);
  require(error, "connect");
  connection.socket().set_option(tcp::no_delay(true));
  Message message(talk.size);
  for (std::int64_t number = 1; number <= talk.messages; ++number) {
    write_number(message, number);
    net::write(connection, net::buffer(message), error);
    require(error, "send a message");
    const std::size_t came = net::read(connection, net::buffer(message), error);
    numbers.push_back(check(message, number, came, error));
  }
  return numbers;
}

}  // namespace echo
