// Runs coroutines of one thread side by side, and brings what all of them return.
#pragma once

#include "condition.hpp"  // first: see there

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

#include "workers.hpp"

// What asyncio.gather is in Python: begins all coroutines, and waits until all have ended; throws
// what the first of them threw. Asio's parallel_group came later than Boost 1.74.
template <typename Answer>
boost::asio::awaitable<std::vector<Answer>> gather(
    std::vector<boost::asio::awaitable<Answer>> coroutines) {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::vector<Answer> answers(coroutines.size());  // each coroutine has its own slot
  Failure failure;
  Condition ended;
  std::size_t running = 0;
  failure.keep([&] {  // a coroutine that cannot be begun is a failure too
    for (std::size_t i = 0; i < coroutines.size(); ++i) {
      const auto end = [&, i](const std::exception_ptr& error, Answer answer) {
        failure.keep([&] {
          rethrow(error);
          answers[i] = std::move(answer);
        });
        if (--running == 0) {
          ended.notify_all();
        }
      };
      boost::asio::co_spawn(executor, std::move(coroutines[i]), end);
      ++running;
    }
  });
  while (running > 0) {
    co_await ended.wait();
  }
  failure.rethrow();
  co_return answers;
}
