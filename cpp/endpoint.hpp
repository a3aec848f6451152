// Where a server is that a workload is a client of (echo, fetch).
#pragma once

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

// Reads `text` as a number and nothing else; throws std::runtime_error if it is not.
template <typename Number>
Number read_number(const std::string& what, const std::string& text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) {
    throw std::runtime_error(what + ", got '" + text + "'");
  }
  return number;
}

// A server, as the text http://ADDRESS:PORT[/PREFIX] names it.
struct Place {
  std::string host;                         // address and port, as a request names them
  boost::asio::ip::tcp::endpoint endpoint;  // address and port, as a socket takes them
  std::string prefix;                       // what every path begins with
};

// Finds a server; throws an exception if its address or port is not one.
inline Place find_place(const std::string& url) {
  const std::size_t host = url.find("//") + 2;
  const std::size_t path = std::min(url.find('/', host), url.size());
  const std::size_t colon = url.rfind(':', path);
  const auto part = [&](const std::size_t begin, const std::size_t end) {
    return url.substr(begin, end - begin);
  };
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(part(host, colon), error);
  if (error) {
    throw boost::system::system_error(error, "expected an address in " + url);
  }
  const auto port = read_number<std::uint16_t>(url + ": expected a port", part(colon + 1, path));
  return {part(host, path), {address, port}, part(path, url.size())};
}
