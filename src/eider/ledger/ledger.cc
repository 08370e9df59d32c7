// Names of the states, and the token that a file's load is known by.
#include "eider/ledger/ledger.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/codec/sha256.h"

namespace eider::ledger {
namespace {

constexpr std::size_t kTokenDigits = 32;

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kClaimed:
      return "CLAIMED";
    case State::kLoaded:
      return "LOADED";
    case State::kFailed:
      return "FAILED";
  }
  return "FAILED";
}

std::string CommitToken(const FileRef& file, std::int64_t forced_loads) {
  const std::string uri = file.uri.ToString();
  const std::string version = file.Version();
  // Lengths keep two identities apart whatever bytes a key or an ETag holds.
  const std::string identity =
      fmt::format("{}:{}{}:{}{}", uri.size(), uri, version.size(), version, forced_loads);
  return codec::Sha256Hex(identity).substr(0, kTokenDigits);
}

}  // namespace eider::ledger
