// channel, sequential: fills a queue, then empties it, in turns; notice that nobody ever waits.

#include <cstddef>
#include <cstdint>
#include <deque>

#include "channel/kernel.hpp"

namespace channel {
namespace {

// Takes all numbers that are in the queue, and adds them to what was taken before.
void empty(std::deque<std::int64_t>& queue, Tally& taken) {
  while (!queue.empty()) {
    taken.sum += queue.front();
    ++taken.items;
    queue.pop_front();
  }
}

}  // namespace

// Puts the numbers into a queue and takes them out again, on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto shares = split(arguments.items, arguments.producers);
  std::deque<std::int64_t> queue;

  // Do every unit.
  Tally taken;
  for (const Share& numbers : shares) {
    for (std::int64_t number = numbers.first; number < numbers.end; ++number) {
      if (queue.size() == arguments.capacity) {
        empty(queue, taken);
      }
      queue.push_back(number);
    }
  }
  empty(queue, taken);

  // Add up.
  return total({taken});
}

}  // namespace channel
