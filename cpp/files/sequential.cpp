// files, sequential: one file after another; the time every other model is held against.

#include <cstddef>
#include <cstdint>

#include "files/kernel.hpp"

namespace files {

// Reads the files on the one thread there is.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto units = list_files(arguments.folder, arguments.files, arguments.size);
  Slots<std::int64_t> found(units.size());

  // Do every unit.
  for (std::size_t i = 0; i < units.size(); ++i) {
    found[i] = read_file(units[i]);
  }

  // Add up.
  return total(found);
}

}  // namespace files
