// files, async: each worker is a std::async; notice that its future joins it, and rethrows its
// exception.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <vector>

#include "files/kernel.hpp"

namespace files {

// Reads the files in `workers` asynchronous calls.
Outcome async(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto units = list_files(arguments.folder, arguments.files, arguments.size);
  Slots<std::int64_t> found(units.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < units.size(); i = next++) {
      found[i] = read_file(units[i]);
    }
  };
  std::vector<std::future<void>> futures;
  while (futures.size() < workers) {
    futures.push_back(std::async(std::launch::async, work));
  }
  for (std::future<void>& future : futures) {
    future.get();
  }

  // Add up.
  return total(found);
}

}  // namespace files
