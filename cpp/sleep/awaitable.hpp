// sleep: the same wait as in the kernel, for coroutines: its co_await is a turn for others.
#pragma once

#include <utility>  // Boost 1.74 forgets it, so it comes before the coroutines

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>

#include "sleep/kernel.hpp"

namespace sleeping {

namespace net = boost::asio;

// Does one unit: waits for `delay`; notes when that was over, on the monotonic clock.
inline net::awaitable<void> async_wait(const Clock::duration delay, std::int64_t& end_ns) {
  net::steady_timer timer(co_await net::this_coro::executor, delay);
  co_await timer.async_wait(net::use_awaitable);
  end_ns = now_ns();
}

}  // namespace sleeping
