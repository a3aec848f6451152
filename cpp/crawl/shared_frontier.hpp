// crawl: the frontier for threads: who finds it empty waits, for a page in flight may lead to more.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crawl/kernel.hpp"

namespace crawl {

// A frontier with the lock that guards all of it, and what the pages gave that were crawled.
class SharedFrontier {
 public:
  // Begins with the one page that is known.
  explicit SharedFrontier(const std::string& first) : frontier_(first) {}

  // Returns the page that has waited longest, as soon as there is one; nothing if none will come.
  std::optional<std::string> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !frontier_.empty() || in_flight_ == 0 || stopped_; });
    if (frontier_.empty() || stopped_) {
      return std::nullopt;
    }
    ++in_flight_;
    return frontier_.take();
  }

  // Adds what a page gave that was taken.
  void add(const Page& page) {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    digests_.push_back(page.digest);
    frontier_.add(page.links);
    changed_.notify_all();
  }

  // Gives no more pages to anyone.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  // What the pages gave; to be called once all workers are joined.
  const std::vector<std::int64_t>& digests() const { return digests_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Frontier frontier_;
  std::size_t in_flight_ = 0;  // pages that were taken and may lead to others
  bool stopped_ = false;
  std::vector<std::int64_t> digests_;
};

}  // namespace crawl
