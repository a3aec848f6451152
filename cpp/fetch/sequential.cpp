// fetch, sequential: one page after another on one connection; notice that nearly all of the time
// is waiting.

#include <cstddef>

#include "fetch/blocking.hpp"
#include "fetch/kernel.hpp"

namespace fetch {

// Gets the pages one at a time.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Cut the work into units.
  const auto paths = list_paths(arguments.requests, arguments.delay_ms);
  Slots<Answer> answers(paths.size());

  // Do every unit.
  const Server server = find_server(arguments.url, arguments.timeout_ms);
  net::io_context io;
  auto connection = connect(io, server);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    answers[i] = fetch_page(connection, paths[i]);
  }

  // Add up.
  return total(answers);
}

}  // namespace fetch
