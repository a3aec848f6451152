// A queue that threads share: who puts waits while it is full, who takes while it is empty.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

// What a Python thread has in queue.Queue, and a goroutine in a channel.
template <typename Item>
class Queue {
 public:
  explicit Queue(const std::size_t capacity) : capacity_(capacity) {}

  // Puts an item, once there is room for it.
  void put(Item item) {
    {
      std::unique_lock held(mutex_);
      not_full_.wait(held, [this] { return items_.size() < capacity_; });
      items_.push_back(std::move(item));
    }
    not_empty_.notify_one();
  }

  // Takes the oldest item, once there is one; nothing when the queue is closed and empty.
  std::optional<Item> take() {
    std::optional<Item> item;
    {
      std::unique_lock held(mutex_);
      not_empty_.wait(held, [this] { return !items_.empty() || closed_; });
      if (items_.empty()) {
        return item;
      }
      item = std::move(items_.front());
      items_.pop_front();
    }
    not_full_.notify_one();
    return item;
  }

  // Says that nothing more is put.
  void close() {
    {
      const std::lock_guard held(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;  // guards what follows
  std::deque<Item> items_;
  bool closed_ = false;
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
};
