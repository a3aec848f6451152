// What workers need beside std::jthread and co_spawn, so that what they throw reaches the caller.
#pragma once

#include <atomic>
#include <exception>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

// Carries what a coroutine threw out of io_context::run.
inline void rethrow(const std::exception_ptr& failure) {
  if (failure) {
    std::rethrow_exception(failure);
  }
}

// The first failure of any worker, carried to the caller: a thread has no result to hold it.
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
  void rethrow() const { ::rethrow(first_); }

 private:
  std::atomic<bool> happened_ = false;
  std::exception_ptr first_;  // written only by the worker that set happened_
};

// Adds a thread to the pool that does `work`, and keeps what it throws; throws std::system_error
// that says how many threads there are if there cannot be one more.
template <typename Work>
void add_thread(std::vector<std::jthread>& pool, Failure& failure, const Work& work) {
  try {
    pool.emplace_back([&failure, work] { failure.keep(work); });
  } catch (const std::system_error& error) {
    const std::string made = std::to_string(pool.size());
    throw std::system_error(error.code(), "cannot make another thread beside " + made);
  }
}
