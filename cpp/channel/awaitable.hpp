// channel: the same loops as in the kernel, for coroutines: each co_await may be a turn for others.
#pragma once

#include "async_queue.hpp"

#include <cstdint>

#include "channel/kernel.hpp"

namespace channel {

namespace net = boost::asio;

// Puts every number into the queue.
inline net::awaitable<void> put_all(AsyncQueue<std::int64_t>& queue, const Share numbers) {
  for (std::int64_t number = numbers.first; number < numbers.end; ++number) {
    co_await queue.put(number);
  }
}

// Adds up the numbers that are taken until the end.
inline net::awaitable<void> take_all(AsyncQueue<std::int64_t>& queue, Tally& taken) {
  while (const auto number = co_await queue.take()) {
    taken.sum += *number;
    ++taken.items;
  }
}

}  // namespace channel
