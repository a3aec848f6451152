// files, kernel: reads a file and checks its bytes; there is no concurrency in here.
#pragma once

#include <zlib.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "contract.hpp"
#include "options.hpp"

namespace files {

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : folder(options.text("folder")),
        files(options.natural("files", 0, 100'000)),
        size(options.natural("size", 0, 100'000'000)) {}

  std::string folder;  // where the files are, each named by its number
  std::int64_t files;  // how many there are, numbered from 0
  std::int64_t size;   // bytes of each
};

// A unit: one file of size bytes.
struct File {
  std::filesystem::path path;
  std::size_t size;
};

// Names the files 0 … `files` - 1 of `folder`; one file is a unit.
inline std::vector<File> list_files(const std::string& folder, const std::int64_t files,
                                    const std::int64_t size) {
  std::vector<File> units;
  for (std::int64_t number = 0; number < files; ++number) {
    units.push_back(
        {std::filesystem::path(folder) / std::to_string(number), static_cast<std::size_t>(size)});
  }
  return units;
}

// Ends a unit that cannot be done.
[[noreturn]] inline void fail(const std::string& expected, const File& unit,
                              const std::string& got) {
  throw std::runtime_error("expected " + expected + " file " + unit.path.filename().string() +
                           ", got" + got + ": prepare the folder anew");
}

// Does one unit: reads the file, all of it, and computes its CRC-32.
inline std::int64_t read_file(const File& unit) {
  std::ifstream file(unit.path, std::ios::binary);
  if (!file) {
    fail("to read", unit, ": " + std::generic_category().message(errno));
  }
  std::vector<char> content(unit.size + 1);  // one more, to see whether the file ends there
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size != unit.size) {
    fail(std::to_string(unit.size) + " bytes in", unit, " " + std::to_string(size));
  }
  return static_cast<std::int64_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), size));
}

// Joins what the units gave; a slot that is still empty was not done.
inline Outcome total(const Slots<std::int64_t>& found) {
  Outcome outcome;
  for (const auto& each : found) {
    if (each) {
      outcome.result ^= *each;
      ++outcome.units;
    }
  }
  return outcome;
}

}  // namespace files
