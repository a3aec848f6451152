// What threads need beside std::jthread: a thread has no result, so what it throws is kept here.
#pragma once

#include <atomic>
#include <exception>

// The first failure of any worker, carried to the caller.
class Failure {
 public:
  // Calls work; if it throws first of all, keeps what it threw.
  template <typename Work>
  void keep(const Work& work) noexcept {
    try {
      work();
    } catch (...) {
      if (!happened_.exchange(true)) {
        first_ = std::current_exception();
      }
    }
  }

  // Tells the workers that one of them has failed, and the others need not go on.
  explicit operator bool() const { return happened_; }

  // Throws what was kept; to be called once all workers are joined.
  void rethrow() const {
    if (first_) {
      std::rethrow_exception(first_);
    }
  }

 private:
  std::atomic<bool> happened_ = false;
  std::exception_ptr first_;  // written only by the worker that set happened_
};
