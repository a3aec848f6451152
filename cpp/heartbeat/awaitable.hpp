// heartbeat: the steps that wait, or give way, for coroutines: each co_await is a turn for others.
#pragma once

#include <utility>  // Boost 1.74 forgets it, so it comes before the coroutines

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <cstdint>

#include "burner.hpp"
#include "heartbeat/kernel.hpp"

namespace heartbeat {

namespace net = boost::asio;

// Does the units of one worker: wakes at every beat, and notes how late.
inline net::awaitable<Lags> async_keep_time(const Beats& beats) {
  net::steady_timer timer(co_await net::this_coro::executor);
  Lags lags;
  lags.reserve(static_cast<std::size_t>(beats.count));
  for (auto due = beats.begin + beats.period; due <= beats.end; due += beats.period) {
    if (due > Clock::now()) {  // else it is late already
      timer.expires_at(due);
      co_await timer.async_wait(net::use_awaitable);
    }
    lags.push_back(Clock::now() - due);
  }
  co_return lags;
}

// Computes job after job until the clock shows `end`; the loop has a turn after each.
inline net::awaitable<std::int64_t> burn_jobs(const Clock::time_point end) {
  const auto loop = co_await net::this_coro::executor;
  std::int64_t burned_units = 0;
  while (Clock::now() < end) {
    burned_units += burn_until(std::min<Clock::time_point>(Clock::now() + job, end));
    co_await net::post(loop, net::use_awaitable);
  }
  co_return burned_units;
}

}  // namespace heartbeat
