// query, PostgreSQL: a connection to a server that only reads; there is no concurrency in here.
#pragma once

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else  // where Debian has it
#include <postgresql/libpq-fe.h>
#endif

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace query {

inline std::runtime_error foreign(const std::string& got);
inline std::runtime_error no_number();

namespace postgresql {

inline constexpr const char* look_up = "SELECT value FROM item WHERE id = $1";
inline constexpr const char* add_up = "SELECT sum(value) FROM item WHERE id BETWEEN $1 AND $2";
inline constexpr const char* no_server =
    "expected a PostgreSQL server, got none: start it, or name another with --database";
inline constexpr const char* gone =
    "expected the PostgreSQL server to stay, it went away: start it, then run again";

// Closes a connection, and forgets an answer.
struct Close {
  void operator()(PGconn* session) const { PQfinish(session); }
  void operator()(PGresult* answer) const { PQclear(answer); }
};
using Session = std::unique_ptr<PGconn, Close>;
using Found = std::unique_ptr<PGresult, Close>;

// A connection with its queries, prepared under these names.
struct Server {
  Session session;
  const char* look_up = "look_up";
  const char* add_up = "add_up";
};

// Tells whether a database is a server's, and not the path of a file.
inline bool is_url(const std::string& database) {
  return database.starts_with("postgresql://");
}

// Spells an error of which the server itself has said something.
inline std::runtime_error refused(const std::string& got) {
  return std::runtime_error("expected the PostgreSQL server to answer, got '" + got +
                            "': mend --database, or the server");
}

// Says what to do about a server that does not let us in; only its words tell why.
inline std::runtime_error explain_session(const std::string& said) {
  const std::string fatal = "FATAL:  ";
  const std::size_t begin = said.find(fatal);
  if (begin != std::string::npos) {
    const std::size_t from = begin + fatal.size();
    return refused(said.substr(from, said.find('\n', from) - from));
  }
  const std::string password = "no password supplied";
  return said.find(password) == std::string::npos ? std::runtime_error(no_server)
                                                  : refused(password);
}

// Throws std::runtime_error if a query was not answered; where nobody says why, the server is gone.
inline void check(const Found& found) {
  const ExecStatusType status = PQresultStatus(found.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    return;
  }
  const char* const field = PQresultErrorField(found.get(), PG_DIAG_SQLSTATE);
  const std::string code = field == nullptr ? "" : field;
  if (code.empty() || code.starts_with("57P")) {  // it is being shut down
    throw std::runtime_error(gone);
  }
  const std::string said = PQresultErrorField(found.get(), PG_DIAG_MESSAGE_PRIMARY);
  throw code.starts_with("42") ? foreign(said) : refused(said);  // not there, or not ours to see
}

// Connects; throws std::runtime_error if the server does not let us in.
inline Server connect(const std::string& url) {
  // Each connection only reads, no query takes for ever, and a server has 5 s to let us in.
  const std::array names = {"dbname", "options", "connect_timeout",
                            static_cast<const char*>(nullptr)};
  const std::array values = {url.c_str(),
                             "-c default_transaction_read_only=on -c statement_timeout=20000", "5",
                             static_cast<const char*>(nullptr)};
  Server server{Session(PQconnectdbParams(names.data(), values.data(), 1))};
  if (PQstatus(server.session.get()) != CONNECTION_OK) {
    throw explain_session(PQerrorMessage(server.session.get()));
  }
  PQsetNoticeProcessor(server.session.get(), [](void*, const char*) {}, nullptr);  // not on stderr
  check(Found(PQprepare(server.session.get(), server.look_up, look_up, 0, nullptr)));
  check(Found(PQprepare(server.session.get(), server.add_up, add_up, 0, nullptr)));
  return server;
}

// Does one unit: asks a query, by its name, on the calling worker's own connection.
inline std::int64_t ask(const Server& server, const char* const query,
                        const std::initializer_list<std::int64_t> parameters) {
  std::vector<std::string> texts;
  std::vector<const char*> values;
  texts.reserve(parameters.size());
  for (const std::int64_t parameter : parameters) {
    values.push_back(texts.emplace_back(std::to_string(parameter)).c_str());
  }
  const Found found(PQexecPrepared(server.session.get(), query, static_cast<int>(values.size()),
                                   values.data(), nullptr, nullptr, 0));
  check(found);
  std::int64_t value = 0;
  if (PQntuples(found.get()) == 0) {
    throw no_number();
  }
  const char* const begin = PQgetvalue(found.get(), 0, 0);  // empty where it is null
  const char* const end = begin + PQgetlength(found.get(), 0, 0);
  if (const auto read = std::from_chars(begin, end, value);
      read.ec != std::errc{} || read.ptr != end) {
    throw no_number();
  }
  return value;
}

}  // namespace postgresql
}  // namespace query
