// transfer, threads: the worker is a thread; notice that the payload is moved, so that its elements
// stay where they are, however large it is.

#include <cstddef>
#include <utility>
#include <vector>

#include "transfer/kernel.hpp"
#include "transfer/mailbox.hpp"
#include "workers.hpp"

namespace transfer {

// Changes what comes, and hands it back, until there is no more.
void serve(Mailbox<Payload>& orders, Mailbox<Payload>& answers) {
  answers.put({});  // ready
  std::size_t number = 0;
  while (auto payload = orders.take()) {
    answers.put(change(std::move(*payload), number++));
  }
}

// Hands a payload of `size` bytes to a thread and gets it back, `rounds` times.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  require(workers);

  // Make the payload.
  Payload payload = make_payload(arguments.size, arguments.shape);

  // Start the worker.
  auto begin = Clock::now();
  Mailbox<Payload> orders, answers;
  Failure failure;
  std::vector<std::jthread> pool;
  add_thread(pool, failure, [&] {
    failure.keep([&] { serve(orders, answers); });
    answers.close();  // it has ended, however that came
  });
  answers.take();
  const auto first = Clock::now() - begin;

  // Do every unit.
  Durations trips;
  failure.keep([&] {
    for (std::size_t number = 0; number < arguments.rounds; ++number) {
      begin = Clock::now();
      orders.put(std::move(payload));
      payload = answers.take().value();
      trips.push_back(Clock::now() - begin);
    }
  });
  orders.close();  // there is no more
  pool.front().join();
  failure.rethrow();

  // Add up.
  return total(payload, first, trips);
}

}  // namespace transfer
