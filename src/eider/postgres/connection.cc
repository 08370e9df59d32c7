// libpq's connection, asked without blocking so that a server that hangs is given up.
#include "eider/postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "eider/base/result.h"
#include "eider/postgres/server_address.h"

namespace eider::postgres {
namespace {

using Response = std::unique_ptr<PGresult, decltype(&PQclear)>;

// Source: PostgreSQL's catalog/pg_type.dat.
constexpr std::array<Oid, 3> kWholeNumberTypes = {20, 21, 23};

std::string Masked(std::string text, const std::string& password) {
  while (text.ends_with('\n')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  if (password.empty()) return text;
  constexpr std::string_view kMask = "***";
  for (std::size_t at = text.find(password); at != std::string::npos;
       at = text.find(password, at + kMask.size())) {
    text.replace(at, password.size(), kMask);
  }
  return text;
}

// Only the text tells why there is no connection. Source: PostgreSQL 15, fe-connect.c, auth.c.
Code CodeOfRefusal(std::string_view reason) {
  const auto has = [&](std::string_view words) { return reason.find(words) != reason.npos; };
  if (has("invalid sslmode") || has("invalid port") || has("invalid connection option") ||
      has("invalid integer value")) {
    return Code::kInvalid;
  }
  if (has("authentication") || has("password") || has("pg_hba.conf") || has("permission denied") ||
      has("certificate") || has("does not support SSL") || (has("role") && has("not exist"))) {
    return Code::kDenied;
  }
  if (has("database") && has("does not exist")) return Code::kNotFound;
  return Code::kUnavailable;
}

// By the class and the code of the error. Source: PostgreSQL 15, Appendix A.
Code CodeOf(std::string_view state) {
  if (state.starts_with("08") || state.starts_with("40") || state.starts_with("53") ||
      state.starts_with("57") || state.starts_with("58") || state == "55P03") {
    return Code::kUnavailable;
  }
  if (state.starts_with("28") || state == "42501" || state == "25006") return Code::kDenied;
  if (state.starts_with("22")) return Code::kInvalid;
  return Code::kInternal;
}

bool IsPassing(std::string_view state) {
  return state == "40001" || state == "40P01" || state == "57P03" || state == "53300";
}

Value ValueAt(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) == 1) return std::monostate();
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<std::size_t>(PQgetlength(result, row, column)));
  if (std::ranges::find(kWholeNumberTypes, PQftype(result, column)) != kWholeNumberTypes.end()) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  return std::string(text);
}

Answer AnswerOf(PGresult* result) {
  Answer answer;
  const int columns = PQnfields(result);
  for (int i = 0; i < columns; ++i) answer.columns.emplace_back(PQfname(result, i));
  for (int row = 0; row < PQntuples(result); ++row) {
    std::vector<Value>& values = answer.rows.emplace_back();
    for (int i = 0; i < columns; ++i) values.push_back(ValueAt(result, row, i));
  }
  const std::string_view changed = PQcmdTuples(result);
  std::from_chars(changed.data(), changed.data() + changed.size(), answer.changed);
  return answer;
}

}  // namespace

void Connection::Closer::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Result<std::unique_ptr<Connection>> Connection::Open(const ServerAddress& address,
                                                     Milliseconds answer_wait) {
  EIDER_ASSIGN(ParsedAddress parsed, Parse(address));
  // What stands in the URI wins over what stands before it. A peer that is gone without a word is
  // noticed within half a minute.
  std::vector<std::pair<const char*, const char*>> options = {
      {"fallback_application_name", "eider"},
      {"connect_timeout", "10"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "30000"},
      {"dbname", address.uri.c_str()},
      {"client_encoding", "UTF8"}};
  if (!address.user.empty()) options.emplace_back("user", address.user.c_str());
  if (!address.password.empty()) options.emplace_back("password", address.password.c_str());
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : options) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);

  std::unique_ptr<Connection> opened(new Connection(std::move(parsed), answer_wait));
  opened->connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (PQstatus(opened->connection_.get()) == CONNECTION_OK) {
    PQsetnonblocking(opened->connection_.get(), 1);
    return opened;
  }
  const std::string reason = opened->Reason();
  const Code code = PQconnectionNeedsPassword(opened->connection_.get()) == 1
                        ? Code::kDenied
                        : CodeOfRefusal(reason);
  return Fail(code, fmt::format("cannot connect to the {}: {}", opened->label(), reason));
}

Result<Answer> Connection::Run(const std::string& sql, std::span<const Value> parameters) {
  std::vector<std::string> numbers;
  numbers.reserve(parameters.size());  // pointers into it stay
  std::vector<const char*> texts;
  for (const Value& parameter : parameters) {
    if (const auto* text = std::get_if<std::string>(&parameter)) {
      if (text->find('\0') != std::string::npos) {
        return Fail(Code::kInvalid, fmt::format("the {} cannot hold a text with a NUL byte: '{}'",
                                                label(), text->c_str()));
      }
      texts.push_back(text->c_str());
    } else if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
      texts.push_back(numbers.emplace_back(std::to_string(*number)).c_str());
    } else {
      texts.push_back(nullptr);
    }
  }
  const int sent = PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(texts.size()),
                                     nullptr, texts.data(), nullptr, nullptr, 0);
  if (sent != 1) return std::unexpected(Lost(Reason()));
  return TakeAnswer();
}

Status Connection::RunScript(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return std::unexpected(Lost(Reason()));
  EIDER_CHECK(TakeAnswer());
  return {};
}

bool Connection::is_usable() const {
  return connection_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

bool Connection::is_idle() const {
  return connection_ && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

bool Connection::has_failed() const {
  return connection_ && PQtransactionStatus(connection_.get()) == PQTRANS_INERROR;
}

// The last of a message's answers, or its first error.
Result<Answer> Connection::TakeAnswer() {
  Result<Answer> answer = Answer{};
  for (;;) {
    if (Status arrived = AwaitAnswer(); !arrived) {
      if (!answer) return answer;  // what the server said when it went
      return std::unexpected(std::move(arrived).error());
    }
    const Response response(PQgetResult(connection_.get()), &PQclear);
    if (!response) break;
    const ExecStatusType status = PQresultStatus(response.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      if (answer) answer = AnswerOf(response.get());
      continue;
    }
    const char* const state = PQresultErrorField(response.get(), PG_DIAG_SQLSTATE);
    if (state == nullptr) return std::unexpected(Lost(Reason()));
    if (answer) {
      may_repeat_ = may_repeat_ || IsPassing(state);
      answer =
          Fail(CodeOf(state),
               fmt::format("the {} refused a statement: {} (SQLSTATE {})", label(),
                           Masked(PQresultErrorMessage(response.get()), parsed_.password), state));
    }
  }
  if (!is_usable()) may_repeat_ = true;
  return answer;
}

Status Connection::AwaitAnswer() {
  pg_conn* const connection = connection_.get();
  for (;;) {
    const int flushed = PQflush(connection);
    if (flushed == 0 && PQisBusy(connection) == 0) return {};
    pollfd socket{.fd = PQsocket(connection),
                  .events = static_cast<short>(flushed == 1 ? POLLIN | POLLOUT : POLLIN),
                  .revents = 0};
    if (socket.fd < 0) return std::unexpected(Lost(Reason()));
    const int ready = ::poll(&socket, 1, static_cast<int>(answer_wait_.count()));
    if (ready == 0) {
      Error error = Lost(
          fmt::format("no answer for {} s", static_cast<double>(answer_wait_.count()) / 1'000));
      may_repeat_ = false;  // it has had its time
      return std::unexpected(std::move(error));
    }
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0 || PQconsumeInput(connection) != 1) return std::unexpected(Lost(Reason()));
  }
}

Error Connection::Lost(const std::string& what) {
  may_repeat_ = true;
  connection_.reset();
  return {Code::kUnavailable, fmt::format("the connection to the {} was lost: {}", label(), what)};
}

std::string Connection::Reason() const {
  return Masked(PQerrorMessage(connection_.get()), parsed_.password);
}

}  // namespace eider::postgres
