// What coroutines of one thread wait for until another of them says so.
#pragma once

#include <utility>  // Boost 1.74 forgets it, so it comes before the coroutines

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

// For coroutines of one thread what std::condition_variable is for threads; no mutex is needed, for
// nothing runs between looking and waiting. Asio's channels, which do the same, came later than
// Boost 1.74; the timer that is cancelled in their stead would cost a call of the system each time.
class Condition {
 public:
  // Waits until it is notified; to be awaited in a loop that looks whether there is a reason.
  auto wait() {
    return boost::asio::async_initiate<const Token, void()>(
        [this](Handler handler) { waiting_.push_back(std::move(handler)); },
        boost::asio::use_awaitable);
  }

  // Lets one of the coroutines that wait go on, once this one waits itself.
  void notify_one() {
    if (!waiting_.empty()) {
      boost::asio::post(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }

  // Lets all coroutines that wait go on.
  void notify_all() {
    while (!waiting_.empty()) {
      notify_one();
    }
  }

 private:
  using Token = boost::asio::use_awaitable_t<>;
  using Handler = boost::asio::async_result<Token, void()>::handler_type;

  std::deque<Handler> waiting_;  // each resumes its coroutine
};
