// A socket whose caller waits for it, but not for ever, as plain blocking Asio would (echo, fetch).
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/error.hpp>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>

// What beast::tcp_stream is to coroutines, for threads: a wait past the deadline is an error.
class BlockingStream {
 public:
  using Error = boost::beast::error_code;

  explicit BlockingStream(boost::asio::io_context& io) : socket_(io) {}

  boost::asio::ip::tcp::socket& socket() { return socket_; }

  // Sets the deadline of all that follows.
  void expires_after(const std::chrono::milliseconds timeout) {
    deadline_ = std::chrono::steady_clock::now() + timeout;
  }

  // Asio's own connect waits without end, so this begins one and waits itself.
  void connect(const boost::asio::ip::tcp::endpoint& endpoint, Error& error) {
    socket_.open(endpoint.protocol());
    socket_.native_non_blocking(true);
    const int handle = socket_.native_handle();
    auto size = static_cast<socklen_t>(endpoint.size());
    int cause = ::connect(handle, endpoint.data(), size) == 0 ? 0 : errno;
    if (cause == EINPROGRESS && wait(POLLOUT, error)) {
      size = sizeof cause;
      ::getsockopt(handle, SOL_SOCKET, SO_ERROR, &cause, &size);
    }
    if (!error) {
      error.assign(cause, boost::system::system_category());
    }
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, Error& error) {
    return wait(POLLIN, error) ? socket_.read_some(buffers, error) : 0;
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, Error& error) {
    return wait(POLLOUT, error) ? socket_.write_some(buffers, error) : 0;
  }

  // Beast asks for these two as well; it calls the two above.
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return or_throw([&](Error& error) { return read_some(buffers, error); });
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return or_throw([&](Error& error) { return write_some(buffers, error); });
  }

 private:
  template <typename Operation>
  static std::size_t or_throw(const Operation& operation) {
    Error error;
    const std::size_t size = operation(error);
    if (error) {
      throw boost::system::system_error(error);
    }
    return size;
  }

  // Waits until the socket is ready for `events`; if it is not by the deadline, that is the error.
  bool wait(const short events, Error& error) {
    pollfd descriptor{socket_.native_handle(), events, 0};
    int ready = 0;
    do {
      const auto left = deadline_ - std::chrono::steady_clock::now();
      const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
      const auto wait_ms = std::clamp<std::int64_t>(left_ms, 0, INT_MAX);
      ready = ::poll(&descriptor, 1, static_cast<int>(wait_ms));
    } while (ready < 0 && errno == EINTR);
    error = ready == 0 ? Error(boost::beast::error::timeout)
                       : Error(ready < 0 ? errno : 0, boost::system::system_category());
    return ready > 0;
  }

  boost::asio::ip::tcp::socket socket_;
  std::chrono::steady_clock::time_point deadline_;
};
