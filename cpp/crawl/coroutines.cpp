// crawl, coroutines: each worker is a coroutine with a connection, all on one thread; notice that
// nothing is locked, and that while one reads a page, none goes on.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "crawl/kernel.hpp"
#include "fetch/awaitable.hpp"
#include "workers.hpp"

namespace crawl {

namespace net = boost::asio;

// Crawls the site in `workers` coroutines, so at most so many pages are in flight.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Begin with the first page.
  Frontier frontier(find_first(arguments));
  std::vector<std::int64_t> digests;

  // Do every unit.
  const fetch::Server server = fetch::find_server(arguments.url, arguments.timeout_ms);
  net::io_context io(1);      // on a failure, it ends the other workers before what they use
  std::size_t in_flight = 0;  // pages that may lead to others
  net::steady_timer changed(io, net::steady_timer::time_point::max());  // to cancel it wakes all
  const auto work = [&]() -> net::awaitable<void> {
    auto connection = fetch::connect(co_await net::this_coro::executor, server);
    while (!frontier.empty() || in_flight > 0) {
      if (frontier.empty()) {
        boost::system::error_code cancelled;
        co_await changed.async_wait(net::redirect_error(net::use_awaitable, cancelled));
        continue;
      }
      const std::string path = frontier.take();
      ++in_flight;
      const Page page = read_page(path, co_await fetch::get(connection, path));
      --in_flight;
      digests.push_back(page.digest);
      frontier.add(page.links);
      changed.cancel();
    }
  };
  for (std::size_t worker = 0; worker < workers; ++worker) {
    net::co_spawn(io, work, rethrow);
  }
  io.run();

  // Add up.
  return total(digests);
}

}  // namespace crawl
