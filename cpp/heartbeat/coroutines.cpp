// heartbeat, coroutines: who beats and who burns are coroutines, all on one thread; notice that the
// loop stands still while a burner computes.

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>

#include "heartbeat/awaitable.hpp"
#include "heartbeat/kernel.hpp"
#include "workers.hpp"

namespace heartbeat {

// Beats every `period_us` in `workers` coroutines of one loop, while `burners` more compute.
Outcome coroutines(const Arguments& arguments, const std::size_t workers) {
  // Cut the work into units.
  const Beats beats = split(arguments.period_us, arguments.duration_ms);
  Slots<Lags> lags(workers);  // each coroutine writes only its own, here and below
  Slots<std::int64_t> burned(static_cast<std::size_t>(arguments.burners));

  // Do every unit.
  const auto beat = [&](auto& mine) -> net::awaitable<void> {
    mine = co_await async_keep_time(beats);
  };
  const auto burn = [&](auto& units) -> net::awaitable<void> {
    units = co_await burn_jobs(beats.end);
  };
  net::io_context io(1);  // made last: on a failure, it ends the others before what they use
  for (auto& mine : lags) {
    net::co_spawn(io, beat(mine), rethrow);
  }
  for (auto& units : burned) {
    net::co_spawn(io, burn(units), rethrow);
  }
  io.run();

  // Add up.
  return total(lags, burned);
}

}  // namespace heartbeat
