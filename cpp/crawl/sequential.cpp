// crawl, sequential: one page after another; notice that it either waits or computes, never both.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crawl/kernel.hpp"
#include "fetch/blocking.hpp"

namespace crawl {

// Crawls the site one page at a time.
Outcome sequential(const Arguments& arguments, std::size_t) {
  // Begin with the first page.
  Frontier frontier(find_first(arguments));
  std::vector<std::int64_t> digests;

  // Do every unit.
  const fetch::Server server = fetch::find_server(arguments.url, arguments.timeout_ms);
  fetch::net::io_context io;
  auto connection = fetch::connect(io, server);
  while (!frontier.empty()) {
    const std::string path = frontier.take();
    const Page page = read_page(path, fetch::get(connection, path));
    digests.push_back(page.digest);
    frontier.add(page.links);
  }

  // Add up.
  return total(digests);
}

}  // namespace crawl
