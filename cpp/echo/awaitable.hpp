// echo: the same steps as in blocking.hpp, for coroutines: each co_await is a turn for others.
#pragma once

#include <utility>  // Boost 1.74 forgets it, so it comes before the coroutines

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstdint>

#include "echo/kernel.hpp"

namespace echo {

using net::redirect_error;
using net::use_awaitable;

// Does the units of one connection: sends each message, and receives it; returns the numbers that
// came back.
inline net::awaitable<Numbers> async_hold_talk(const Talk& talk) {
  Numbers numbers;
  boost::beast::tcp_stream connection(co_await net::this_coro::executor);
  error_code error;
  connection.expires_after(talk.timeout);
  co_await connection.async_connect(talk.endpoint, redirect_error(use_awaitable, error));
  require(error, "connect");
  connection.socket().set_option(tcp::no_delay(true));
  Message message(talk.size);
  for (std::int64_t number = 1; number <= talk.messages; ++number) {
    write_number(message, number);
    co_await net::async_write(connection, net::buffer(message),
                              redirect_error(use_awaitable, error));
    require(error, "send a message");
    const std::size_t came = co_await net::async_read(connection, net::buffer(message),
                                                      redirect_error(use_awaitable, error));
    numbers.push_back(check(message, number, came, error));
  }
  co_return numbers;
}

}  // namespace echo
