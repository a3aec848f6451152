// A queue that coroutines of one thread share: who puts waits while it is full, who takes while it
// is empty.
#pragma once

#include "condition.hpp"  // first: see there

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

// What a task of asyncio has in asyncio.Queue: the same as Queue, with no mutex.
template <typename Item>
class AsyncQueue {
 public:
  explicit AsyncQueue(const std::size_t capacity) : capacity_(capacity) {}

  // Puts an item, once there is room for it.
  boost::asio::awaitable<void> put(Item item) {
    while (items_.size() >= capacity_) {
      co_await not_full_.wait();
    }
    items_.push_back(std::move(item));
    not_empty_.notify_one();
  }

  // Takes the oldest item, once there is one; nothing when the queue is closed and empty.
  boost::asio::awaitable<std::optional<Item>> take() {
    while (items_.empty() && !closed_) {
      co_await not_empty_.wait();
    }
    std::optional<Item> item;
    if (!items_.empty()) {
      item = std::move(items_.front());
      items_.pop_front();
      not_full_.notify_one();
    }
    co_return item;
  }

  // Says that nothing more is put.
  void close() {
    closed_ = true;
    not_empty_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::deque<Item> items_;
  bool closed_ = false;
  Condition not_full_;
  Condition not_empty_;
};
