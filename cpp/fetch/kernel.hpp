// fetch, kernel: one page over HTTP, checked and timed; there is no concurrency in here.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "contract.hpp"
#include "endpoint.hpp"
#include "options.hpp"

namespace fetch {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace net = boost::asio;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : url(options.url("url")),
        requests(options.natural("requests", 1, 1'000'000)),
        delay_ms(options.natural("delay-ms", 0, 60'000)),
        timeout_ms(options.natural("timeout-ms", 1, 600'000)) {}

  std::string url;          // where the load server is
  std::int64_t requests;    // how many pages to get
  std::int64_t delay_ms;    // after which the server answers each
  std::int64_t timeout_ms;  // a wait beyond it is an error
};

// The load server, as the arguments name it.
struct Server {
  std::string host;                   // address and port, as a request names them
  tcp::endpoint endpoint;             // address and port, as a socket takes them
  std::string base;                   // what every path begins with
  std::chrono::milliseconds timeout;  // a wait beyond it is an error
};

// A connection that is kept alive; each worker has one of its own, closed with its owner.
template <typename Stream>
struct Connection {
  const Server& server;
  Stream stream;
  beast::flat_buffer buffer = {};  // what has come, but is not read yet
};

// What one unit gave.
struct Answer {
  std::int64_t page;        // the page number that came back
  Clock::duration latency;  // from before the request was sent until the whole body was there
};

// Names the pages 1 … `requests`, each answered after `delay_ms`; one page is a unit.
inline std::vector<std::string> list_paths(const std::int64_t requests,
                                           const std::int64_t delay_ms) {
  std::vector<std::string> paths;
  for (std::int64_t page = 1; page <= requests; ++page) {
    paths.push_back("/delay/" + std::to_string(delay_ms) + "/" + std::to_string(page));
  }
  return paths;
}

// Throws boost::system::system_error if what was attempted failed.
inline void require(const beast::error_code& error, const char* const attempted,
                    const std::string& what) {
  if (error) {
    throw boost::system::system_error(error, attempted + what);
  }
}

// Finds the load server; throws an exception if its address or port is not one.
inline Server find_server(const std::string& url, const std::int64_t timeout_ms) {
  const Place place = find_place(url);
  return {
      .host = place.host,
      .endpoint = place.endpoint,
      .base = place.prefix,
      .timeout = std::chrono::milliseconds(timeout_ms),
  };
}

// Makes the request for `path`.
inline Request ask(const Server& server, const std::string& path) {
  Request request(http::verb::get, server.base + path, 11);
  request.set(http::field::host, server.host);
  return request;
}

// Turns what came back into an answer; throws std::runtime_error if it is not a page.
inline Answer check(const std::string& path, const Response& response,
                    const Clock::time_point begin) {
  const auto latency = Clock::now() - begin;
  std::string body = response.body();
  body.erase(body.find_last_not_of(" \r\n") + 1);
  if (response.result() != http::status::ok) {
    const std::string status = std::to_string(response.result_int());
    throw std::runtime_error(path + ": expected status 200, got " + status + ": '" + body + "'");
  }
  return {read_number<std::int64_t>(path + ": expected a page number", body), latency};
}

// Adds up the page numbers, and lists the latencies; a slot that is still empty was not done.
inline Outcome total(const Slots<Answer>& answers) {
  Outcome outcome;
  std::vector<double> latencies_ns;
  for (const auto& answer : answers) {
    if (answer) {
      outcome.result += answer->page;
      ++outcome.units;
      latencies_ns.push_back(std::chrono::duration<double, std::nano>(answer->latency).count());
    }
  }
  outcome.metrics["latency_ns"] = latencies_ns;
  return outcome;
}

}  // namespace fetch
