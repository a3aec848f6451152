// files, threads: each worker is a thread; notice that one computes while another reads, for no
// lock keeps them apart.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "files/kernel.hpp"
#include "workers.hpp"

namespace files {

// Reads the files on `workers` threads.
Outcome threads(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const auto units = list_files(arguments.folder, arguments.files, arguments.size);
  Slots<std::int64_t> found(units.size());  // each is written by the one worker that took its unit

  // Do every unit.
  std::atomic<std::size_t> next = 0;
  Failure failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < units.size() && !failure; i = next++) {
      found[i] = read_file(units[i]);
    }
  };
  std::vector<std::jthread> pool;
  failure.keep([&] {  // a thread that cannot be made is a failure too
    while (pool.size() < workers) {
      pool.emplace_back([&] { failure.keep(work); });
    }
  });
  for (std::jthread& thread : pool) {
    thread.join();
  }
  failure.rethrow();

  // Add up.
  return total(found);
}

}  // namespace files
