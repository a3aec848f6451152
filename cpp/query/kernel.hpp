// query, kernel: look-ups and sums in a database; there is no concurrency in here.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "contract.hpp"
#include "options.hpp"
#include "query/postgresql.hpp"

namespace query {

inline constexpr const char* look_up = "SELECT value FROM item WHERE id = ?";
inline constexpr const char* add_up = "SELECT sum(value) FROM item WHERE id BETWEEN ? AND ?";
inline constexpr int wait_ms = 1'000;  // for a database that is locked

// Arguments of the workload.
struct Arguments {
  explicit Arguments(Options& options)
      : database(options.text("database")),
        queries(options.natural("queries", 0, 1'000'000)),
        rows(options.natural("rows", 1, 1'000'000)),
        sum_rows(options.natural("sum-rows", 1, 1'000'000)),
        batch(options.natural("batch", 1, 1'000'000)) {}

  std::string database;   // the path of its file, or the URL of a server
  std::int64_t queries;   // how many
  std::int64_t rows;      // how many the table has
  std::int64_t sum_rows;  // how many each tenth query adds up
  std::int64_t batch;     // queries that a worker takes at once
};

// What a worker takes at once: the queries from first up to, not including, end.
struct Batch {
  std::int64_t first;
  std::int64_t end;
  std::int64_t rows;
  std::int64_t sum_rows;
};

// What a batch gave.
struct Answer {
  std::int64_t value = 0;   // the sum of what its queries gave
  std::size_t queries = 0;  // how many were answered
};

// Closes a connection, and forgets a query.
struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* query) const { sqlite3_finalize(query); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Query = std::unique_ptr<sqlite3_stmt, Close>;

// A connection to a file, with its queries, prepared.
struct File {
  Database database;
  Query look_up;
  Query add_up;
};

// A connection; each worker has one of its own, closed with its owner.
using Connection = std::variant<File, postgresql::Server>;

// Cuts the queries into batches; one query is a unit.
inline std::vector<Batch> split(const Arguments& arguments) {
  std::vector<Batch> batches;
  for (std::int64_t first = 0; first < arguments.queries; first += arguments.batch) {
    const std::int64_t end = std::min(first + arguments.batch, arguments.queries);
    batches.push_back({first, end, arguments.rows, arguments.sum_rows});
  }
  return batches;
}

// Draws the first number of a SplitMix64 generator that begins with `seed`, below `limit`.
inline std::int64_t draw(const std::int64_t seed, const std::int64_t limit) {
  std::uint64_t z = static_cast<std::uint64_t>(seed) + 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return static_cast<std::int64_t>((z ^ z >> 31) % static_cast<std::uint64_t>(limit));
}

// Says that a database is not the one that is asked for.
inline std::runtime_error foreign(const std::string& got) {
  return std::runtime_error("expected a database with a table item(id, value), got '" + got +
                            "': name one with --database");
}

// Says that a query found nothing to count.
inline std::runtime_error no_number() {
  return std::runtime_error(
      "expected a number in each row of table item, got none: prepare as many rows as --rows "
      "says");
}

// Says what to do about a database that does not answer; a worker that waited was locked out.
inline std::runtime_error explain(sqlite3* const database) {
  if (sqlite3_errcode(database) == SQLITE_BUSY) {
    return std::runtime_error(
        "database is locked: close the program that writes to it, then run again");
  }
  return foreign(sqlite3_errmsg(database));
}

// Prepares a query; throws std::runtime_error if the database cannot answer it.
inline Query prepare(const Database& database, const char* const sql) {
  sqlite3_stmt* query = nullptr;
  if (sqlite3_prepare_v2(database.get(), sql, -1, &query, nullptr) != SQLITE_OK) {
    throw explain(database.get());
  }
  return Query(query);
}

// Opens a file, only to read; throws std::runtime_error if it cannot.
inline File open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr);
  Database database(handle);
  if (status != SQLITE_OK) {
    throw explain(database.get());
  }
  sqlite3_busy_timeout(database.get(), wait_ms);
  auto look = prepare(database, look_up);
  auto add = prepare(database, add_up);
  return {std::move(database), std::move(look), std::move(add)};
}

// Opens the calling worker's connection, only to read; throws std::runtime_error if it cannot.
inline Connection connect(const std::string& database) {
  if (postgresql::is_url(database)) {
    return postgresql::connect(database);
  }
  return open(database);
}

// Does one unit: asks a query on the calling worker's own connection.
inline std::int64_t ask(const File& file, const Query& query,
                        const std::initializer_list<std::int64_t> parameters) {
  int place = 0;
  for (const std::int64_t parameter : parameters) {
    sqlite3_bind_int64(query.get(), ++place, parameter);
  }
  const int status = sqlite3_step(query.get());
  const bool found = status == SQLITE_ROW && sqlite3_column_type(query.get(), 0) == SQLITE_INTEGER;
  const std::int64_t value = found ? sqlite3_column_int64(query.get(), 0) : 0;
  if (sqlite3_reset(query.get()) != SQLITE_OK) {
    throw explain(file.database.get());
  }
  if (!found) {
    throw no_number();
  }
  return value;
}

// Does the queries of a batch, one after another: nine look-ups, then a sum, and so on.
inline Answer do_batch(const Connection& connection, const Batch& batch) {
  Answer answer;
  const std::int64_t begins = std::max<std::int64_t>(batch.rows - batch.sum_rows + 1, 1);
  const auto work = [&](const auto& opened) {
    for (std::int64_t number = batch.first; number < batch.end; ++number) {
      if (number % 10 < 9) {
        answer.value += ask(opened, opened.look_up, {draw(number, batch.rows) + 1});
      } else {
        const std::int64_t begin = draw(number, begins) + 1;
        answer.value += ask(opened, opened.add_up, {begin, begin + batch.sum_rows - 1});
      }
      ++answer.queries;
    }
  };
  std::visit(work, connection);
  return answer;
}

// Adds up what the batches gave; a slot that is still empty was not done.
inline Outcome total(const Slots<Answer>& answers) {
  Outcome outcome;
  for (const auto& answer : answers) {
    if (answer) {
      outcome.result += answer->value;
      outcome.units += answer->queries;
    }
  }
  return outcome;
}

}  // namespace query
