#include "eider/ledger/ledger.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "eider/codec/sha256.h"

namespace eider::ledger {
namespace {

constexpr std::size_t kTokenDigits = 32;

// A length in front keeps two texts apart whatever bytes they hold.
std::string Counted(std::string_view text) {
  return fmt::format("{}:{}", text.size(), text);
}

std::string TokenOf(const std::string& identity) {
  return codec::Sha256Hex(identity).substr(0, kTokenDigits);
}

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kWaiting:
      return "WAITING";
    case State::kClaimed:
      return "CLAIMED";
    case State::kLoaded:
      return "LOADED";
    case State::kFailed:
      return "FAILED";
    case State::kHeld:
      return "HELD";
    case State::kSkipped:
      return "SKIPPED";
  }
  return "FAILED";
}

std::optional<State> StateOf(std::string_view name) {
  const auto* const found = std::ranges::find(kStates, name, StateName);
  if (found == kStates.end()) return std::nullopt;
  return *found;
}

std::string StateNames() {
  std::string names;
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (i > 0) names += i + 1 == kStates.size() ? " or " : ", ";
    names += StateName(kStates[i]);
  }
  return names;
}

RowCounts Sum(std::span<const RowCounts> counts) {
  const auto add = [](std::optional<std::int64_t>& sum, std::optional<std::int64_t> count) {
    sum = sum && count ? std::optional(*sum + *count) : std::nullopt;
  };
  RowCounts sum{.read = 0, .filtered = 0};
  for (const RowCounts& one : counts) {
    add(sum.read, one.read);
    add(sum.filtered, one.filtered);
    sum.rejected += one.rejected;
  }
  return sum;
}

std::string CommitToken(const FileRef& file, std::int64_t forced_loads) {
  return TokenOf(Counted(file.uri.ToString()) + Counted(file.Version()) +
                 std::to_string(forced_loads));
}

std::string PartToken(std::string_view commit_token, std::string_view route,
                      std::span<const std::optional<std::string>> values) {
  std::vector<std::optional<std::string>> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  std::string identity = Counted(commit_token) + Counted(route);
  for (const auto& value : sorted) identity += value ? Counted(*value) : "null";
  return TokenOf(identity);
}

}  // namespace eider::ledger
