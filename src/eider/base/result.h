// The one way that failure travels: a value that says what the caller can do about it.
//
// A function returns Result<T> or Status and never logs what it returns. Codes are chosen by the
// caller's next step; the message tells people what happened, to what, with the values at its end.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eider {

enum class Code : std::uint8_t {
  kInvalid,           // the input or the configuration is wrong: tell its author
  kNotFound,          // there is no such object, table or route
  kAlreadyExists,     // somebody made it first
  kConflict,          // the table moved on: reload, rebuild, try again
  kOutcomeUnknown,    // it may have happened: look before anything else, delete nothing
  kUnavailable,       // later may work: back off and try again
  kDenied,            // credentials or rights: tell the operator
  kCorrupt,           // the bytes are not what they claim to be
  kUnsupported,       // valid, but beyond what this program does
  kCancelled,         // the caller asked to stop
  kDeadlineExceeded,  // the time for it is over
  kInternal,          // a bug of ours
  kReaderCrashed,     // reading the file ended the process that read it: not again by itself
  kOutOfMemory,       // more than a limit of ours allows: raise it, or ask for less
  kPluginFailed,      // a program of the operator's that rows go through: tell its author
};

// The code's stable name in logs, JSON output and the ledger, such as "not_found".
std::string_view CodeName(Code code);

// Where in a file something is wrong, as far as it is known.
struct FilePlace {
  std::uint64_t line = 0;                 // from 1; 0: not known, or the file has no lines
  std::string column = {};                // of the file; empty: not known
  std::optional<std::string> value = {};  // as the file has it

  bool operator==(const FilePlace&) const = default;
};

struct [[nodiscard]] Error {
  Code code;
  std::string message;   // one sentence without a trailing full stop; causes follow after ": "
  FilePlace place = {};  // told in the message too
};

// `error` with what was being done put in front: "cannot load table a.b: <cause>".
Error Annotate(std::string_view doing, Error error);

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> Fail(Code code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

inline std::unexpected<Error> FailAt(std::uint64_t line, Code code, std::string message) {
  return std::unexpected(Error{code, std::move(message), {.line = line}});
}

inline std::unexpected<Error> Fail(std::string_view doing, Error cause) {
  return std::unexpected(Annotate(doing, std::move(cause)));
}

}  // namespace eider

#define EIDER_JOIN_INNER(a, b) a##b
#define EIDER_JOIN(a, b) EIDER_JOIN_INNER(a, b)

// EIDER_ASSIGN(auto table, catalog.Load(name)): the value, or return the error.
#define EIDER_ASSIGN(lhs, expr) \
  EIDER_ASSIGN_INNER(EIDER_JOIN(eider_result_, __COUNTER__), lhs, expr)
#define EIDER_ASSIGN_INNER(tmp, lhs, expr)          \
  auto tmp = (expr);                                \
  if (!tmp) [[unlikely]]                            \
    return std::unexpected(std::move(tmp).error()); \
  lhs = *std::move(tmp)

// EIDER_CHECK(ledger.Finish(claim)): go on, or return the error.
#define EIDER_CHECK(expr)                                       \
  do {                                                          \
    if (auto eider_status = (expr); !eider_status) [[unlikely]] \
      return std::unexpected(std::move(eider_status).error());  \
  } while (false)
