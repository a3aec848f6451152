// The C++ runner: runs one model of one workload and prints one line of JSON (see README, "The
// contract").

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "channel/kernel.hpp"
#include "contract.hpp"
#include "counter/kernel.hpp"
#include "crawl/kernel.hpp"
#include "echo/kernel.hpp"
#include "fetch/kernel.hpp"
#include "files/kernel.hpp"
#include "hash/kernel.hpp"
#include "heartbeat/kernel.hpp"
#include "mandelbrot/kernel.hpp"
#include "matmul/kernel.hpp"
#include "nqueens/kernel.hpp"
#include "options.hpp"
#include "primes/kernel.hpp"
#include "query/kernel.hpp"
#include "ring/kernel.hpp"
#include "serve/kernel.hpp"
#include "sleep/kernel.hpp"
#include "spawn/kernel.hpp"
#include "timeline/kernel.hpp"
#include "transfer/kernel.hpp"
#include "wordcount/kernel.hpp"

namespace {

// What every model of a workload is: a function of the workload's arguments and the workers.
template <typename Arguments>
using Model = Outcome(const Arguments& arguments, std::size_t workers);

}  // namespace

namespace channel {
Model<Arguments> coroutines, sequential, threads;
}
namespace counter {
Model<Arguments> sequential, threads;
}
namespace crawl {
Model<Arguments> coroutines, sequential, threads;
}
namespace echo {
Model<Arguments> coroutines, sequential, threads;
}
namespace fetch {
Model<Arguments> coroutines, sequential, threads;
}
namespace files {
Model<Arguments> async, sequential, threads;
}
namespace hash {
Model<Arguments> async, sequential, threads;
}
namespace heartbeat {
Model<Arguments> coroutines, threads;
}
namespace mandelbrot {
Model<Arguments> async, sequential, threads;
}
namespace matmul {
Model<Arguments> async, sequential, threads;
}
namespace nqueens {
Model<Arguments> async, sequential, threads;
}
namespace primes {
Model<Arguments> async, sequential, threads;
}
namespace query {
Model<Arguments> async, sequential, threads;
}
namespace ring {
Model<Arguments> coroutines, sequential, threads;
}
namespace serve {
Model<Arguments> coroutines, threads;
}
namespace sleeping {
Model<Arguments> coroutines, threads;
}
namespace spawn {
Model<Arguments> async, coroutines, sequential, threads;
}
namespace timeline {
Model<Arguments> threads;
}
namespace transfer {
Model<Arguments> async, sequential, threads;
}
namespace wordcount {
Model<Arguments> async, sequential, threads;
}

namespace {

using Words = std::vector<std::string>;

// Does the work on so many workers.
using Run = std::function<Outcome(std::size_t workers)>;

// Takes a workload's arguments, and returns the run that uses them.
using Binder = std::function<Run(Options& options)>;

// Joins a model to the command line.
template <typename Arguments>
Binder bind(Model<Arguments> model) {
  return [model](Options& options) -> Run {
    return [model, arguments = Arguments(options)](const std::size_t workers) {
      return model(arguments, workers);
    };
  };
}

// One model of one workload.
struct Implementation {
  std::string workload;
  std::string model;
  Binder bind;
};

// The table of all there is; a new model is a new line.
const std::vector<Implementation> implementations{
    {"channel", "coroutines", bind(channel::coroutines)},
    {"channel", "sequential", bind(channel::sequential)},
    {"channel", "threads", bind(channel::threads)},
    {"counter", "sequential", bind(counter::sequential)},
    {"counter", "threads", bind(counter::threads)},
    {"crawl", "coroutines", bind(crawl::coroutines)},
    {"crawl", "sequential", bind(crawl::sequential)},
    {"crawl", "threads", bind(crawl::threads)},
    {"echo", "coroutines", bind(echo::coroutines)},
    {"echo", "sequential", bind(echo::sequential)},
    {"echo", "threads", bind(echo::threads)},
    {"fetch", "coroutines", bind(fetch::coroutines)},
    {"fetch", "sequential", bind(fetch::sequential)},
    {"fetch", "threads", bind(fetch::threads)},
    {"files", "async", bind(files::async)},
    {"files", "sequential", bind(files::sequential)},
    {"files", "threads", bind(files::threads)},
    {"hash", "async", bind(hash::async)},
    {"hash", "sequential", bind(hash::sequential)},
    {"hash", "threads", bind(hash::threads)},
    {"heartbeat", "coroutines", bind(heartbeat::coroutines)},
    {"heartbeat", "threads", bind(heartbeat::threads)},
    {"mandelbrot", "async", bind(mandelbrot::async)},
    {"mandelbrot", "sequential", bind(mandelbrot::sequential)},
    {"mandelbrot", "threads", bind(mandelbrot::threads)},
    {"matmul", "async", bind(matmul::async)},
    {"matmul", "sequential", bind(matmul::sequential)},
    {"matmul", "threads", bind(matmul::threads)},
    {"nqueens", "async", bind(nqueens::async)},
    {"nqueens", "sequential", bind(nqueens::sequential)},
    {"nqueens", "threads", bind(nqueens::threads)},
    {"primes", "async", bind(primes::async)},
    {"primes", "sequential", bind(primes::sequential)},
    {"primes", "threads", bind(primes::threads)},
    {"query", "async", bind(query::async)},
    {"query", "sequential", bind(query::sequential)},
    {"query", "threads", bind(query::threads)},
    {"ring", "coroutines", bind(ring::coroutines)},
    {"ring", "sequential", bind(ring::sequential)},
    {"ring", "threads", bind(ring::threads)},
    {"serve", "coroutines", bind(serve::coroutines)},
    {"serve", "threads", bind(serve::threads)},
    {"sleep", "coroutines", bind(sleeping::coroutines)},
    {"sleep", "threads", bind(sleeping::threads)},
    {"spawn", "async", bind(spawn::async)},
    {"spawn", "coroutines", bind(spawn::coroutines)},
    {"spawn", "sequential", bind(spawn::sequential)},
    {"spawn", "threads", bind(spawn::threads)},
    {"timeline", "threads", bind(timeline::threads)},
    {"transfer", "async", bind(transfer::async)},
    {"transfer", "sequential", bind(transfer::sequential)},
    {"transfer", "threads", bind(transfer::threads)},
    {"wordcount", "async", bind(wordcount::async)},
    {"wordcount", "sequential", bind(wordcount::sequential)},
    {"wordcount", "threads", bind(wordcount::threads)},
};

// Names the runtime: the compiler, and the flags that the build gave it.
std::string version() {
#ifdef __clang__
  const std::string name = "clang++";
  const Words parts{std::to_string(__clang_major__), std::to_string(__clang_minor__),
                    std::to_string(__clang_patchlevel__)};
#else
  const std::string name = "g++";
  const Words parts{std::to_string(__GNUC__), std::to_string(__GNUC_MINOR__),
                    std::to_string(__GNUC_PATCHLEVEL__)};
#endif
  return name + " " + parts[0] + "." + parts[1] + "." + parts[2] + " " + FLAGS;
}

// Looks a workload and a model up; its error lists the valid names.
const Implementation& find(const std::string& workload, const std::string& model) {
  Words workloads;
  Words models;
  for (const Implementation& each : implementations) {
    if (each.workload == workload && each.model == model) {
      return each;
    }
    if (each.workload == workload) {
      models.push_back(each.model);
    }
    if (workloads.empty() || workloads.back() != each.workload) {
      workloads.push_back(each.workload);
    }
  }
  if (models.empty()) {
    throw UsageError("no workload '" + workload + "': expected one of " + join(workloads));
  }
  throw UsageError("no model of " + workload + " '" + model + "': expected one of " + join(models));
}

// Writes a metric as JSON: a number, or an array of numbers.
void print(std::ostream& line, const Metric& metric) {
  if (const auto* const number = std::get_if<double>(&metric)) {
    line << *number;
    return;
  }
  const char* separator = "[";
  for (const double number : std::get<std::vector<double>>(metric)) {
    line << std::exchange(separator, ",") << number;
  }
  line << (*separator == '[' ? "[]" : "]");
}

// Writes a run down as the contract's line of JSON.
std::string report(const Implementation& implementation, const std::size_t workers,
                   const Outcome& outcome, const std::chrono::nanoseconds elapsed) {
  std::ostringstream line;
  line.precision(std::numeric_limits<double>::max_digits10);
  line << R"({"workload":")" << implementation.workload << R"(","model":")" << implementation.model
       << R"(","workers":)" << workers << R"(,"result":)" << outcome.result << R"(,"units":)"
       << outcome.units << R"(,"elapsed_ns":)" << elapsed.count() << R"(,"metrics":{)";
  const char* separator = "";
  for (const auto& [name, metric] : outcome.metrics) {
    line << std::exchange(separator, ",") << '"' << name << R"(":)";
    print(line, metric);
  }
  line << "}}\n";
  return line.str();
}

// Does the work; its error says whose it is.
Outcome attempt(const std::string& program, const Run& run, const std::size_t workers) {
  try {
    return run(workers);
  } catch (const std::exception& error) {
    throw std::runtime_error(program + ": " + error.what());
  }
}

// Parses the arguments, does the work, and returns the report.
std::string execute(const Implementation& implementation, const Words& words) {
  const std::string program = implementation.workload + " " + implementation.model;
  Options options(program, words);
  const auto workers = static_cast<std::size_t>(options.natural("workers", 1, 1'000'000));
  const Run run = implementation.bind(options);
  options.finish();
  if (implementation.model == "sequential" && workers != 1) {
    options.fail("argument --workers: expected 1, got " + std::to_string(workers));
  }

  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = attempt(program, run, workers);
  const auto elapsed = std::chrono::steady_clock::now() - begin;
  return report(implementation, workers, outcome, elapsed);
}

// Does what the command line says, and returns what goes to standard output.
std::string perform(const Words& words) {
  const std::string usage =
      "runner WORKLOAD MODEL [--workers N] [--ARGUMENT VALUE ...] | --list | --version";
  if (words == Words{"--list"}) {
    std::string list;
    for (const Implementation& each : implementations) {
      list += each.workload + " " + each.model + "\n";
    }
    return list;
  }
  if (words == Words{"--version"}) {
    return version() + "\n";
  }
  if (words.size() < 2 || words[0].starts_with("-")) {
    throw UsageError("expected a workload and a model; usage: " + usage);
  }
  return execute(find(words[0], words[1]), Words(words.begin() + 2, words.end()));
}

// Writes on standard output; throws std::system_error if it is full or closed.
void write(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) {
    throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
  }
}

// Says the cause in one line, and returns the status to exit with.
int fail(const int status, std::string cause) {
  std::ranges::replace(cause, '\n', ' ');
  std::cerr << "runner: " << cause << "\n";
  return status;
}

}  // namespace

int main(const int count, const char* const words[]) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed standard output is an error like any other
  try {
    write(perform(Words(words + 1, words + count)));
    return 0;
  } catch (const UsageError& error) {
    return fail(2, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
