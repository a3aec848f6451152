// wordcount, sequential: one unit after another; the time every other model is held against.

#include <cstddef>

#include "wordcount/kernel.hpp"

namespace wordcount {

// Counts the words on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto chunks = split(arguments.text, arguments.units);
  Slots<Table> tables(chunks.size());

  // Do every unit.
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    tables[i] = count_words(chunks[i]);
  }

  // Merge the tables.
  return merge(tables);
}

}  // namespace wordcount
