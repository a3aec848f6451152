// Where one thread leaves something for another one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace transfer {

// Holds one thing at most, until it is taken.
template <typename Thing>
class Mailbox {
 public:
  // Leaves a thing; nobody has left one that is still there.
  void put(Thing thing) {
    const std::lock_guard held(lock_);
    thing_ = std::move(thing);
    changed_.notify_one();
  }

  // Says that there is no more.
  void close() {
    const std::lock_guard held(lock_);
    closed_ = true;
    changed_.notify_one();
  }

  // Waits for a thing and takes it; nothing if there is no more.
  std::optional<Thing> take() {
    std::unique_lock held(lock_);
    changed_.wait(held, [this] { return thing_ || closed_; });
    return std::exchange(thing_, std::nullopt);
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::optional<Thing> thing_;
  bool closed_ = false;
};

}  // namespace transfer
