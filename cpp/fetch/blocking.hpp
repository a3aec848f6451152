// fetch: the steps that wait, for threads: each call holds its thread until it is done.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>

#include "blocking_stream.hpp"
#include "fetch/kernel.hpp"

namespace fetch {

// Makes the calling worker's connection; its first page opens it.
inline Connection<BlockingStream> connect(net::io_context& io, const Server& server) {
  return {server, BlockingStream(io)};
}

// Opens a connection that is not open yet.
inline void open(Connection<BlockingStream>& connection) {
  if (connection.stream.socket().is_open()) {
    return;
  }
  beast::error_code error;
  connection.stream.connect(connection.server.endpoint, error);
  require(error, "connect to ", connection.server.host);
  connection.stream.socket().set_option(tcp::no_delay(true));
}

// Gets what is at `path` on the calling worker's own connection.
inline Response get(Connection<BlockingStream>& connection, const std::string& path) {
  const Request request = ask(connection.server, path);
  Response response;
  beast::error_code error;
  connection.stream.expires_after(connection.server.timeout);
  open(connection);
  http::write(connection.stream, request, error);
  require(error, "send request for ", path);
  http::read(connection.stream, connection.buffer, response, error);
  require(error, "read answer to ", path);
  return response;
}

// Does one unit: gets a page, and checks and times it.
inline Answer fetch_page(Connection<BlockingStream>& connection, const std::string& path) {
  const auto begin = Clock::now();
  return check(path, get(connection, path), begin);
}

}  // namespace fetch
