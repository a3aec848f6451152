// query, sequential: one query after another on one connection; the time every other model is held
// against.

#include <cstddef>

#include "query/kernel.hpp"

namespace query {

// Asks the queries one at a time.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into batches.
  const auto batches = split(arguments);
  Slots<Answer> answers(batches.size());

  // Do every batch.
  const auto connection = connect(arguments.database);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    answers[i] = do_batch(connection, batches[i]);
  }

  // Add up.
  return total(answers);
}

}  // namespace query
