// fetch: the same steps as in blocking.hpp, for coroutines: each co_await is a turn for others.
#pragma once

#include <utility>  // Boost 1.74 forgets it, so it comes before the coroutines

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <string>

#include "fetch/kernel.hpp"

namespace fetch {

using net::redirect_error;
using net::use_awaitable;

// Makes the calling worker's connection; its first page opens it.
inline Connection<beast::tcp_stream> connect(const net::any_io_executor& executor,
                                             const Server& server) {
  return {server, beast::tcp_stream(executor)};
}

// Opens a connection that is not open yet.
inline net::awaitable<void> open(Connection<beast::tcp_stream>& connection) {
  if (connection.stream.socket().is_open()) {
    co_return;
  }
  beast::error_code error;
  co_await connection.stream.async_connect(connection.server.endpoint,
                                           redirect_error(use_awaitable, error));
  require(error, "connect to ", connection.server.host);
  connection.stream.socket().set_option(tcp::no_delay(true));
}

// Gets what is at `path` on the calling worker's own connection.
inline net::awaitable<Response> get(Connection<beast::tcp_stream>& connection,
                                    const std::string& path) {
  const Request request = ask(connection.server, path);
  Response response;
  beast::error_code error;
  connection.stream.expires_after(connection.server.timeout);
  co_await open(connection);
  co_await http::async_write(connection.stream, request, redirect_error(use_awaitable, error));
  require(error, "send request for ", path);
  co_await http::async_read(connection.stream, connection.buffer, response,
                            redirect_error(use_awaitable, error));
  require(error, "read answer to ", path);
  co_return response;
}

// Does one unit: gets a page, and checks and times it.
inline net::awaitable<Answer> fetch_page(Connection<beast::tcp_stream>& connection,
                                         const std::string& path) {
  const auto begin = Clock::now();
  const Response response = co_await get(connection, path);
  co_return check(path, response, begin);
}

}  // namespace fetch
