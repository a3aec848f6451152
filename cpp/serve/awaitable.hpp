// serve: the same steps as in the kernel, for coroutines: each co_await is a turn for others.
#pragma once

#include <utility>  // Boost 1.74 forgets it, so it comes before the coroutines

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>

#include "serve/kernel.hpp"

namespace serve {

using net::redirect_error;
using net::use_awaitable;

// Does the units of one worker: sends every message back until the client has no more; returns how
// many.
inline net::awaitable<std::int64_t> async_serve(tcp::socket connection) {
  std::int64_t answered = 0;
  Message message;
  error_code error;
  while (check(co_await net::async_read(connection, net::buffer(message),
                                        redirect_error(use_awaitable, error)),
               error)) {
    co_await net::async_write(connection, net::buffer(message),
                              redirect_error(use_awaitable, error));
    require(error, "send an answer");
    ++answered;
  }
  co_return answered;
}

}  // namespace serve
